import { axisText, baseline, gridLines, label, type Draft } from './ink';

export interface Line {
  name: string;
  values: (number | null)[];
}

/** How it ran, day by day: this month in colour, the one before dotted. Thousands on the axis. */
export const days =
  (labels: string[], now: Line, before: Line | undefined, number: (value: number) => string): Draft =>
  (ink) => {
    const tip = (line: Line, strong: boolean) => ({
      show: true,
      formatter: line.name,
      distance: 8,
      ...label(ink, strong),
    });
    const series = (line: Line, strong: boolean) => ({
      type: 'line',
      data: line.values,
      symbol: 'none',
      silent: true,
      lineStyle: strong ? { color: ink.first, width: 2 } : { color: ink.ink2, width: 1.25, type: [2, 3] },
      endLabel: tip(line, strong),
      labelLayout: { moveOverlap: 'shiftY' },
    });
    return {
      grid: { left: 44, right: ink.narrow ? 48 : 64, top: 12, bottom: 28 },
      xAxis: { type: 'category', data: labels, boundaryGap: false, axisTick: { show: false }, axisLine: baseline(ink), axisLabel: { ...axisText(ink), interval: ink.narrow ? 9 : 4 } },
      yAxis: { type: 'value', scale: false, min: 0, splitNumber: 4, splitLine: gridLines(ink), axisLine: { show: false }, axisLabel: { ...axisText(ink), formatter: number } },
      series: [...(before ? [series(before, false)] : []), series(now, true)],
    };
  };
