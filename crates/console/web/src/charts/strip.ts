import { axisText, baseline, gridLines, label, names, type Draft } from './ink';

export interface Strip {
  name: string;
  /** A share of the limit in each hour; null where nothing ran. */
  hours: (number | null)[];
}

interface Api {
  coord: (at: [number, number]) => [number, number];
}

/** Does it hold: a tick an hour, the worst of each row tall, the limit a red line. */
export const strip =
  (rows: Strip[], percent: (value: number) => string): Draft =>
  (ink) => {
    const ticks = rows.flatMap((row, index) => {
      const known = row.hours.filter((value) => value !== null);
      const worst = Math.max(...known);
      return known.map((value) => [value, index, value === worst ? 1 : 0]);
    });
    const least = Math.min(...ticks.map(([value]) => value!), 1);
    const draw = (params: { dataIndex: number }, api: Api) => {
      const [value, index, worst] = ticks[params.dataIndex]! as [number, number, number];
      const [x, y] = api.coord([value, index]);
      const half = worst ? 9 : 6;
      return { type: 'rect', shape: { x: x - (worst ? 1 : 0.5), y: y - half, width: worst ? 2 : 1, height: 2 * half }, style: { fill: worst ? ink.ink : ink.first, opacity: worst ? 1 : 0.45 } };
    };
    return {
      grid: { left: ink.narrow ? 98 : 138, right: ink.narrow ? 24 : 40, top: 22, bottom: 26 },
      xAxis: { type: 'value', min: Math.floor(least * 5) / 5, max: (of: { max: number }) => Math.max(1.02, of.max), interval: 0.2, splitLine: gridLines(ink), axisLabel: { ...axisText(ink), formatter: (value: number) => (Math.round(value * 100) % 20 === 0 ? percent(value) : '') } },
      yAxis: { type: 'category', inverse: true, data: rows.map((row) => row.name), axisTick: { show: false }, axisLine: { ...baseline(ink), show: false }, axisLabel: names(ink, ink.narrow ? 96 : 136) },
      series: [
        { type: 'custom', silent: true, data: ticks, renderItem: draw },
        { type: 'line', data: [], silent: true, markLine: { silent: true, symbol: 'none', data: [{ xAxis: 1 }], lineStyle: { color: ink.limit, width: 1.5, type: 'solid' }, label: { show: true, formatter: 'Limit', position: 'start', ...label(ink), color: ink.limit } } },
      ],
    };
  };
