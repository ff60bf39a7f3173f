import { axisText, baseline, gridLines, label, type Draft } from './ink';

export interface Month {
  name: string;
  /** What it cost; nothing for months to come. */
  cost: number | null;
  /** What it is expected to cost, with its interval; nothing for months that are over. */
  expected?: { value: number; low: number; high: number };
}

/** How months ran, and how the next are expected to: a line, then dashed with its band. The axis need not start at zero. */
export const months =
  (all: Month[], number: (value: number) => string): Draft =>
  (ink) => {
    const last = all.findLastIndex((one) => one.cost !== null);
    const from = (of: (expected: NonNullable<Month['expected']>) => number) => all.map((one, at) => (at === last ? one.cost : at > last && one.expected ? of(one.expected) : null));
    const [low, high] = [from((one) => one.low), from((one) => one.high)];
    const quiet = { type: 'line', symbol: 'none', silent: true };
    const end = (show: boolean, formatter: string, offset: number, strong = false) => ({ endLabel: { show, formatter, distance: 8, offset: [0, offset], ...label(ink, strong) } });
    const values = all.flatMap((one) => [one.cost, one.expected?.low, one.expected?.high]).filter((value): value is number => typeof value === 'number');
    const room = (Math.max(...values) - Math.min(...values)) * 0.15 || 1;
    const tip = all.at(-1)?.expected;
    return {
      grid: { left: 48, right: ink.narrow ? 60 : 76, top: 16, bottom: 28 },
      xAxis: { type: 'category', data: all.map((one) => one.name), boundaryGap: false, axisTick: { show: false }, axisLine: { ...baseline(ink), onZero: false }, axisLabel: axisText(ink) },
      yAxis: { type: 'value', scale: true, min: Math.floor(Math.min(...values) - room), max: Math.ceil(Math.max(...values) + room), splitNumber: 4, splitLine: gridLines(ink), axisLine: { show: false }, axisTick: { show: false }, axisLabel: { ...axisText(ink), formatter: number, showMinLabel: false, showMaxLabel: false } },
      series: [
        { ...quiet, data: low, stack: 'band', lineStyle: { opacity: 0 }, ...end(tip !== undefined, tip ? number(tip.low) : '', 10) },
        { ...quiet, data: high.map((value, at) => (value === null ? null : value - low[at]!)), stack: 'band', lineStyle: { opacity: 0 }, areaStyle: { color: ink.soft, opacity: 0.45 }, ...end(tip !== undefined, tip ? number(tip.high) : '', -10) },
        { ...quiet, data: from((one) => one.value), lineStyle: { color: ink.first, width: 1.5, type: [5, 4] }, ...end(tip !== undefined, tip ? number(tip.value) : '', 0, true) },
        { ...quiet, data: all.map((one) => one.cost), lineStyle: { color: ink.first, width: 2 } },
        { ...quiet, data: all.map((one, at) => (at === last ? one.cost : null)), symbol: 'circle', symbolSize: 8, itemStyle: { color: ink.first, borderColor: ink.paper, borderWidth: 1.5 }, label: { show: true, position: 'top', formatter: number(all[last]?.cost ?? 0), ...label(ink, true) } },
      ],
    };
  };
