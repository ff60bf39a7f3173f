import { axisText, baseline, gridLines, label, type Draft } from './ink';

export interface Crossing {
  fixed: number;
  each: number;
  person: number;
  /** Where the lines cross, if they do. */
  volume: number | null;
  now: number;
  names: { crossing: string; now: string };
}

/** A month's cost by volume, of the AI and of people: two lines and where they cross. */
export const breakEven =
  (of: Crossing, number: (value: number) => string): Draft =>
  (ink) => {
    const most = Math.max(of.now, of.volume ?? 0) * 1.12;
    const line = (name: string, from: number, each: number, color: string) => ({
      type: 'line',
      data: [
        [0, from],
        [most, from + each * most],
      ],
      symbol: 'none',
      silent: true,
      lineStyle: { color, width: 2 },
      endLabel: { show: true, formatter: name, ...label(ink, true) },
    });
    const dot = (at: [number, number], color: string, text: string, place: string) => ({
      type: 'line',
      silent: true,
      data: [at],
      symbol: 'circle',
      symbolSize: 9,
      itemStyle: { color, borderColor: ink.paper, borderWidth: 1.5 },
      label: { show: text !== '', formatter: text, position: place, distance: 12, ...label(ink, true) },
    });
    const crossing = of.volume === null ? [] : [dot([of.volume, of.person * of.volume], ink.ink, of.names.crossing, ink.narrow ? 'top' : 'bottom')];
    return {
      grid: { left: 48, right: 60, top: 14, bottom: 44 },
      xAxis: { type: 'value', min: 0, max: most, splitLine: { show: false }, axisLine: baseline(ink), axisTick: { show: false }, splitNumber: ink.narrow ? 3 : 6, axisLabel: { ...axisText(ink), formatter: number, showMaxLabel: false }, name: 'Decisions a month', nameLocation: 'middle', nameGap: 28, nameTextStyle: { color: ink.ink2, fontFamily: ink.font } },
      yAxis: { type: 'value', min: 0, splitNumber: 4, splitLine: gridLines(ink), axisLine: { show: false }, axisTick: { show: false }, axisLabel: { ...axisText(ink), formatter: (value: number) => number(value / 1000) } },
      series: [line('AI', of.fixed, of.each, ink.first), line('Person', 0, of.person, ink.second), ...crossing, dot([of.now, of.fixed + of.each * of.now], ink.first, of.names.now, 'bottom'), dot([of.now, of.person * of.now], ink.second, '', 'top')],
    };
  };
