import type { EChartsCoreOption } from 'echarts/core';

/** The colours and the type of the page, as the theme has them now. */
export interface Ink {
  ink: string;
  ink2: string;
  paper: string;
  grid: string;
  rule: string;
  axis: string;
  first: string;
  second: string;
  soft: string;
  strong: string;
  better: string;
  worse: string;
  total: string;
  limit: string;
  categories: string[];
  font: string;
  narrow: boolean;
}

export type Option = EChartsCoreOption;
export type Draft = (ink: Ink) => Option;

export function inkOf(root: Element, width: number): Ink {
  const style = getComputedStyle(root);
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: token('ink'),
    ink2: token('ink-2'),
    paper: token('paper'),
    grid: token('grid'),
    rule: token('rule-ink'),
    axis: token('axis'),
    first: token('cat-1'),
    second: token('cat-2'),
    soft: token('seq-3'),
    strong: token('seq-6'),
    better: token('better'),
    worse: token('worse'),
    total: token('total'),
    limit: token('limit'),
    categories: [1, 2, 3, 4, 5, 6, 7, 8].map((index) => token(`cat-${index}`)),
    font: token('sans'),
    narrow: width < 520,
  };
}

/** What all charts have in common: still, without boxes, figures in the page's type. */
export function base(ink: Ink): Option {
  return { animation: false, textStyle: { fontFamily: ink.font, fontSize: 12, color: ink.ink2 }, color: ink.categories };
}

export const axisText = (ink: Ink) => ({ color: ink.ink2, fontSize: 12, fontFamily: ink.font, hideOverlap: true });
export const gridLines = (ink: Ink) => ({ show: true, lineStyle: { color: ink.grid, width: 1 } });
export const baseline = (ink: Ink) => ({ show: true, onZero: true, lineStyle: { color: ink.rule, width: 1 } });
export const label = (ink: Ink, strong = false) => ({
  color: ink.ink,
  fontSize: 12,
  fontFamily: ink.font,
  fontWeight: strong ? 600 : 400,
  textBorderColor: ink.paper,
  textBorderWidth: 4,
});

/** Names down the left side: they break into lines, and have no border that would cover one another. */
export const names = (ink: Ink, width: number) => ({ color: ink.ink, fontSize: ink.narrow ? 11 : 12, lineHeight: 13, fontFamily: ink.font, align: 'left' as const, margin: width, width: width - 10, overflow: 'break' as const, interval: 0 });
