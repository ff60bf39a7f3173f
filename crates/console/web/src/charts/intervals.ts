import { axisText, baseline, gridLines, names, type Draft } from './ink';

export interface Estimate {
  name: string;
  value: number;
  low: number | null;
  high: number | null;
  text: string;
  /** AI is always the first colour, people always the second. */
  by: 'ai' | 'person' | 'both';
}

interface Api {
  coord: (at: [number, number]) => [number, number];
}

/** What each costs with its interval, on an axis that starts at zero. */
export const intervals =
  (estimates: Estimate[], number: (value: number) => string): Draft =>
  (ink) => {
    const draw = (params: { dataIndex: number }, api: Api) => {
      const one = estimates[params.dataIndex]!;
      const fill = { ai: ink.first, person: ink.second, both: ink.categories[2]! }[one.by];
      const [x, y] = api.coord([one.value, params.dataIndex]);
      const [left] = api.coord([one.low ?? one.value, params.dataIndex]);
      const [right] = api.coord([one.high ?? one.value, params.dataIndex]);
      const beyond = one.value > (Math.max(...estimates.map((other) => other.high ?? other.value)) * 2) / 3;
      const style = { text: one.text, x: beyond ? left - 8 : right + 8, y, align: beyond ? 'right' : 'left', verticalAlign: 'middle', fill: ink.ink, fontSize: ink.narrow ? 11 : 12, fontFamily: ink.font, stroke: ink.paper, lineWidth: 4 };
      return {
        type: 'group',
        children: [
          { type: 'rect', shape: { x: left, y: y - 7, width: Math.max(1, right - left), height: 14 }, style: { fill, opacity: 0.28 } },
          { type: 'rect', shape: { x: x - 1.5, y: y - 10, width: 3, height: 20 }, style: { fill } },
          { type: 'text', style },
        ],
      };
    };
    return {
      grid: { left: ink.narrow ? 86 : 128, right: 16, top: 6, bottom: 26 },
      xAxis: { type: 'value', min: 0, splitNumber: ink.narrow ? 3 : 6, splitLine: gridLines(ink), axisLabel: { ...axisText(ink), formatter: number } },
      yAxis: { type: 'category', inverse: true, data: estimates.map((one) => one.name), axisTick: { show: false }, axisLine: baseline(ink), axisLabel: names(ink, ink.narrow ? 84 : 126) },
      series: [{ type: 'custom', silent: true, data: estimates.map((one, index) => [one.value, index]), renderItem: draw }],
    };
  };
