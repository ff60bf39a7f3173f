import { axisText, baseline, label, type Draft } from './ink';

export interface Step {
  name: string;
  value: number;
  kind: 'total' | 'step';
  text: string;
}

/** Why it changed: totals in ink, what costs more in red and less in blue. Totals are cut where they dwarf the steps. */
export const waterfall =
  (steps: Step[]): Draft =>
  (ink) => {
    const ends = steps.map((_, index) => steps.slice(1, index + 1).reduce((sum, step) => sum + (step.kind === 'step' ? step.value : 0), steps[0]?.value ?? 0));
    const low = Math.min(...ends);
    const high = Math.max(...ends);
    const floor = cut(steps) ? low - (high - low) * 0.6 : Math.min(0, low);
    const draw = (params: { dataIndex: number }, api: { coord: (at: [number, number]) => [number, number]; size: (by: [number, number]) => [number, number] }) => {
      const index = params.dataIndex;
      const step = steps[index]!;
      const end = ends[index]!;
      const start = step.kind === 'total' ? floor : end - step.value;
      const [x, top] = api.coord([index, Math.max(start, end)]);
      const [, bottom] = api.coord([index, Math.min(start, end)]);
      const width = Math.min(api.size([1, 0])[0] * 0.62, 60);
      const fill = step.kind === 'total' ? ink.total : step.value > 0 ? ink.worse : ink.better;
      const [, level] = api.coord([index, end]);
      const next = api.coord([index + 1, end])[0];
      const left = x - width / 2;
      return {
        type: 'group',
        children: [
          { type: 'rect', shape: { x: left, y: top, width, height: Math.max(1, bottom - top) }, style: { fill } },
          ...(step.kind === 'total' && cut(steps) ? [{ type: 'polygon', shape: { points: [[left - 3, bottom - 14], [left + width + 3, bottom - 21], [left + width + 3, bottom - 16], [left - 3, bottom - 9]] }, style: { fill: ink.paper } }] : []),
          ...(index < steps.length - 1 ? [{ type: 'line', shape: { x1: left + width, y1: level, x2: next - width / 2, y2: level }, style: { stroke: ink.axis, lineWidth: 1 } }] : []),
          { type: 'text', style: { text: step.text, x, y: top - 8, align: 'center', verticalAlign: 'bottom', ...labelStyle(ink) } },
        ],
      };
    };
    return {
      grid: { left: 4, right: 4, top: 28, bottom: 28 },
      xAxis: { type: 'category', data: steps.map((step) => step.name), axisTick: { show: false }, axisLine: { ...baseline(ink), onZero: false }, axisLabel: { ...axisText(ink), interval: 0, hideOverlap: false, rotate: ink.narrow && steps.length > 6 ? 40 : 0 } },
      yAxis: { type: 'value', min: floor, max: high + (high - low) * 0.05, show: false },
      series: [{ type: 'custom', silent: true, clip: false, data: steps.map((step) => step.value), renderItem: draw, encode: { x: -1, y: 0 } }],
    };
  };

function labelStyle(ink: Parameters<Draft>[0]) {
  const { color, fontSize, fontFamily, fontWeight } = label(ink, true);
  return { fill: color, fontSize: ink.narrow ? 10 : fontSize, fontFamily, fontWeight };
}

/** Whether the ends are so large beside the steps that their bars are cut; the page then says so. */
export function cut(steps: { value: number; kind: string }[]): boolean {
  const largest = Math.max(...steps.filter((step) => step.kind === 'step').map((step) => Math.abs(step.value)), 0);
  return Math.abs(steps[0]?.value ?? 0) > 4 * largest;
}
