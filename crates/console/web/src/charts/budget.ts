import { axisText, baseline, gridLines, label, type Draft } from './ink';

export interface Run {
  /** The days of the month. */
  days: string[];
  /** What it cost up to each; null for days to come. */
  soFar: (number | null)[];
  budget: number;
  /** What it is expected to cost in the end, with its interval. */
  expected?: { total: number; low?: number; high?: number };
}

/** What a month cost so far and is expected to cost, beside what it may cost: line, dashed with its band, dotted. */
export const budget =
  (run: Run, number: (value: number) => string): Draft =>
  (ink) => {
    const last = run.soFar.findLastIndex((value) => value !== null);
    const end = run.days.length - 1;
    /** From the last day that is known straight to the end: only its ends are known. */
    const towards = (value: number) => run.days.map((_, at) => (at < last ? null : at === last ? run.soFar[last]! : at === end ? value : run.soFar[last]! + ((value - run.soFar[last]!) * (at - last)) / (end - last)));
    const quiet = { type: 'line', symbol: 'none', silent: true };
    const { expected } = run;
    /** Of two ends that are near, the higher has its name above. */
    const above = (expected?.total ?? 0) > run.budget;
    const apart = (up: boolean) => ({ offset: [0, up ? -7 : 8] });
    const low = expected?.low === undefined ? undefined : towards(expected.low);
    const high = expected?.high === undefined ? undefined : towards(expected.high);
    const band = low && high && expected && last < end
      ? [
          { ...quiet, data: low, stack: 'band', lineStyle: { opacity: 0 } },
          { ...quiet, data: high.map((value, at) => (value === null ? null : value - low[at]!)), stack: 'band', lineStyle: { opacity: 0 }, areaStyle: { color: ink.soft, opacity: 0.55 } },
        ]
      : [];
    const coming = expected && last < end ? [{ ...quiet, data: towards(expected.total), lineStyle: { color: ink.first, width: 1.5, type: [5, 4] }, endLabel: { show: true, formatter: 'Expected', distance: 8, ...apart(above), ...label(ink) } }] : [];
    return {
      grid: { left: 48, right: ink.narrow ? 60 : 76, top: 16, bottom: 28 },
      xAxis: { type: 'category', data: run.days, boundaryGap: false, axisTick: { show: false }, axisLine: baseline(ink), axisLabel: { ...axisText(ink), interval: ink.narrow ? 9 : 4 } },
      yAxis: { type: 'value', min: 0, max: Math.max(run.budget, ...run.soFar.map((value) => value ?? 0), expected?.high ?? expected?.total ?? 0) * 1.06, splitNumber: 4, splitLine: gridLines(ink), axisLine: { show: false }, axisLabel: { ...axisText(ink), formatter: number, showMaxLabel: false } },
      series: [
        ...band,
        { ...quiet, data: run.days.map(() => run.budget), lineStyle: { color: ink.ink, width: 1.25, type: [1, 4] }, endLabel: { show: true, formatter: 'Budget', distance: 8, ...apart(!above), ...label(ink) } },
        ...coming,
        { ...quiet, data: run.soFar, lineStyle: { color: ink.first, width: 2 }, endLabel: { show: last === end, formatter: 'Cost', distance: 8, ...apart(above), ...label(ink, true) } },
      ],
    };
  };
