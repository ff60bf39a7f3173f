import { axisText, baseline, gridLines, names, type Draft } from './ink';

export interface Swing {
  name: string;
  atLow: number;
  atHigh: number;
  low: string;
  high: string;
}

interface Api {
  coord: (at: [number, number]) => [number, number];
}

/** What would change the answer: each input moved alone, the values tried at the bars' ends. */
export const tornado =
  (base: number, swings: Swing[], number: (value: number) => string): Draft =>
  (ink) => {
    const all = swings.flatMap((one) => [one.atLow, one.atHigh]);
    const [least, most] = [Math.min(0, ...all), Math.max(0, ...all)];
    const space = (most - least) * (ink.narrow ? 0.22 : 0.12);
    const draw = (params: { dataIndex: number }, api: Api) => {
      const one = swings[params.dataIndex]!;
      const [middle, y] = api.coord([base, params.dataIndex]);
      const bar = (value: number, text: string, fill: string) => {
        const [end] = api.coord([value, params.dataIndex]);
        const right = end >= middle;
        return [
          { type: 'rect', shape: { x: Math.min(end, middle), y: y - 8, width: Math.max(1, Math.abs(end - middle)), height: 16 }, style: { fill } },
          { type: 'text', style: { text, x: right ? end + 6 : end - 6, y, align: right ? 'left' : 'right', verticalAlign: 'middle', fill: ink.ink, fontSize: ink.narrow ? 11 : 12, fontFamily: ink.font, stroke: ink.paper, lineWidth: 4 } },
        ];
      };
      return { type: 'group', children: [...bar(one.atLow, one.low, ink.soft), ...bar(one.atHigh, one.high, ink.strong)] };
    };
    const upright = (at: number, color: string, width: number) => ({ xAxis: at, lineStyle: { color, width, type: 'solid' as const }, label: { show: false } });
    return {
      grid: { left: ink.narrow ? 128 : 232, right: 24, top: 6, bottom: 28 },
      xAxis: { type: 'value', min: least - (least < 0 ? space : 0), max: most + space, splitNumber: ink.narrow ? 3 : 5, splitLine: gridLines(ink), axisLine: { show: false }, axisLabel: { ...axisText(ink), formatter: number, showMaxLabel: false } },
      yAxis: { type: 'category', inverse: true, data: swings.map((one) => one.name), axisTick: { show: false }, axisLine: { ...baseline(ink), show: false }, axisLabel: names(ink, ink.narrow ? 126 : 230) },
      series: [{ type: 'custom', silent: true, data: swings.map((one, index) => [one.atHigh, index]), renderItem: draw, markLine: { silent: true, symbol: 'none', data: [upright(base, ink.ink, 1.5), upright(0, ink.rule, 1)] } }],
    };
  };
