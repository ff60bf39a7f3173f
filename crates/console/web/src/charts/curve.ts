import { axisText, baseline, gridLines, label, type Draft } from './ink';

export interface Curve {
  /** What the limit is multiplied by, rising. */
  factors: number[];
  /** The least cost at each; null where no plan exists. */
  costs: (number | null)[];
  /** What is multiplied: the axis. */
  of: string;
}

/** What a limit costs: the least cost at other values of it, and where the plan stands. */
export const curve =
  (of: Curve, number: (value: number) => string): Draft =>
  (ink) => {
    const points = of.factors.map((factor, at) => [factor, of.costs[at]]);
    const here = points.filter(([factor]) => factor === 1);
    return {
      grid: { left: 56, right: 24, top: 20, bottom: 44 },
      xAxis: { type: 'value', min: Math.min(...of.factors), max: Math.max(...of.factors), splitLine: { show: false }, axisLine: baseline(ink), axisTick: { show: false }, axisLabel: { ...axisText(ink), formatter: (value: number) => `${Math.round(value * 100)}\u202f%` }, name: of.of, nameLocation: 'middle', nameGap: 28, nameTextStyle: { color: ink.ink2, fontFamily: ink.font } },
      yAxis: { type: 'value', min: 0, splitNumber: 4, splitLine: gridLines(ink), axisLine: { show: false }, axisTick: { show: false }, axisLabel: { ...axisText(ink), formatter: number } },
      series: [
        { type: 'line', data: points, connectNulls: false, silent: true, symbol: 'circle', symbolSize: 5, itemStyle: { color: ink.first }, lineStyle: { color: ink.first, width: 2 } },
        { type: 'line', data: here, silent: true, symbol: 'circle', symbolSize: 10, itemStyle: { color: ink.first, borderColor: ink.paper, borderWidth: 1.5 }, label: { show: true, formatter: 'The plan', position: 'top', ...label(ink, true) } },
      ],
    };
  };
