import { axisText, baseline, gridLines, label, type Draft } from './ink';

export interface Stack {
  name: string;
  hours: number[];
}

/** How many replicas, when: a stepped area for the plan, a line for now; never smoothed. */
export const replicas =
  (stacks: Stack[], now: number, dayNames: string[]): Draft =>
  (ink) => {
    const hours = stacks[0]?.hours.length ?? 0;
    const shades = [ink.strong, ink.soft, ink.categories[4]!, ink.categories[2]!];
    return {
      grid: { left: 34, right: 12, top: 12, bottom: 28 },
      xAxis: { type: 'category', data: Array.from({ length: hours }, (_, hour) => String(hour)), boundaryGap: true, axisLine: baseline(ink), axisTick: { interval: 23 }, axisLabel: { ...axisText(ink), interval: (index: number) => index % (ink.narrow ? 48 : 24) === 12, formatter: (value: string) => dayNames[Math.floor(Number(value) / 24)] ?? '' } },
      yAxis: { type: 'value', min: 0, max: (of: { max: number }) => Math.ceil((Math.max(of.max, now) + 1) / 10) * 10, minInterval: 1, splitNumber: 4, splitLine: gridLines(ink), axisLine: { show: false }, axisTick: { show: false }, axisLabel: axisText(ink) },
      series: stacks.map((stack, index) => ({
        type: 'bar',
        stack: 'plan',
        silent: true,
        barCategoryGap: '0%',
        data: stack.hours,
        itemStyle: { color: shades[index % shades.length], borderColor: shades[index % shades.length], borderWidth: 0.5 },
        ...(index === 0 ? { markLine: { silent: true, symbol: 'none', data: [{ yAxis: now }], lineStyle: { color: ink.ink, width: 1.5, type: 'solid' }, label: { show: true, formatter: 'Now', position: 'insideEndTop', ...label(ink, true) } } } : {}),
      })),
    };
  };
