import type { Schemas } from '../api/client';
import { drawn } from './decimal';
import { day, size } from './format';
import { money, nothing, words, type Cell, type Row } from './ledger';
import { COLUMN } from './overview';

type Report = Schemas['BudgetReport'];
type State = Schemas['BudgetState'];
type Cost = Schemas['Cost'];

/** What the charges of a unit come to up to each day of the month, those below it included. The sums are the API's. */
export interface SoFar {
  day: string;
  cost: string;
}

export const soFarQuery = (cost: Cost, units: number): string =>
  `SELECT CAST(ChargePeriodStart AS VARCHAR) AS day, SUM(SUM(${COLUMN[cost]})) OVER (ORDER BY ChargePeriodStart) AS cost
   FROM attributed WHERE ChargePeriodStart IS NOT NULL AND BillingCurrency = ? AND Unit IN (${Array.from({ length: units }, () => '?').join(', ')})
   GROUP BY ChargePeriodStart ORDER BY ChargePeriodStart`;

/** A unit and all that are below it. */
export function withBelow(unit: string, all: { unit: string; parent?: string | null }[]): string[] {
  const below = all.filter((one) => one.parent === unit).flatMap((one) => withBelow(one.unit, all));
  return [unit, ...below];
}

/** A percentage with two places, beyond the whole in red. */
const used = (percent: string | null | undefined, more: Partial<Cell> = {}): Cell => {
  if (percent === null || percent === undefined) return nothing;
  const beyond = drawn(percent) > 100;
  return { show: `${size(percent, 1)}\u202f%`, plain: percent, bare: true, ...(beyond ? { tone: 'worse' as const, glyph: '▲' } : {}), ...more };
};

/** What is left, as budgets say it: under, or in parentheses over. */
export function budgetRows(report: Report, open: (unit: string) => string, here: string | undefined): Row[] {
  const widest = Math.max(1, ...report.units.map((one) => drawn(one.actual_percent ?? '0') / 100));
  const expected = (one: State): Cell => (one.forecast ? money(one.forecast.total, isOver(one) ? {} : { tone: 'quiet', note: 'est.' }) : nothing);
  return report.units.map((one) => ({
    kind: one.depth === 0 ? undefined : one.depth === 1 ? 'in' : 'deep',
    here: one.unit === here,
    cells: [
      words(one.name, { href: open(one.unit), open: one.unit === here }),
      money(one.budget),
      money(one.actual),
      money(one.remaining),
      used(one.actual_percent),
      expected(one),
      used(one.forecast_percent),
      { show: '', plain: '', bar: drawn(one.actual_percent ?? '0') / 100 / widest },
    ],
  }));
}

/** True where no day of the month is to come. */
export const isOver = (one: State): boolean => one.forecast?.method === 'over';

/**
 * Where the line stands on each day up to `until`; null for days to come. Shared money has no day: it is drawn along with the charges, so that
 * the line ends at the cost of the statement.
 */
export function running(days: string[], until: string, sums: SoFar[], actual: string): (number | null)[] {
  const known = new Map(sums.map((one) => [one.day.slice(0, 10), drawn(one.cost)]));
  let last = 0;
  const own = days.map((date) => (date > until ? null : (last = known.get(date) ?? last)));
  const past = own.filter((value) => value !== null).length;
  return own.map((value, at) => (value === null ? null : last === 0 ? (drawn(actual) * (at + 1)) / past : (value * drawn(actual)) / last));
}

/** What the highest threshold that each unit crossed says; the lower ones it crossed on the way. */
export function alerts(report: Report): { what: string; amount: string; why: string }[] {
  const names = new Map(report.units.map((one) => [one.unit, one.name]));
  const higher = (one: Report['alerts'][number]) => report.alerts.some((other) => other.unit === one.unit && other.of === one.of && drawn(other.threshold) > drawn(one.threshold));
  return report.alerts.filter((one) => !higher(one)).map((one) => ({
    what: `${names.get(one.unit) ?? one.unit} ${one.of === 'actual' ? 'is' : 'is expected to be'} beyond ${size(one.threshold_percent, 0)}\u202f% of its budget`,
    amount: `${size(one.beyond)} ${one.currency}`,
    why: `${size(one.amount)} ${one.of === 'actual' ? 'so far' : 'by the end of the month'}; the threshold is ${size(one.threshold)}.`,
  }));
}

/** How the expected cost was found, and how far it would have missed. */
export function method(one: State): string {
  const expected = one.forecast;
  if (!expected) return 'There is no history to expect anything from.';
  if (isOver(one)) return 'No day of the month is to come: what it cost is what is expected.';
  const range = expected.low && expected.high ? `, with 95\u202f% between ${size(expected.low)} and ${size(expected.high)}` : '';
  const tested = expected.back_test;
  const missed = tested?.mape_percent ? ` Asked at ${tested.origins} earlier days, it missed by ${size(tested.mape_percent, 1)}\u202f% in the mean${tested.naive_mape_percent ? `; the week before, repeated, by ${size(tested.naive_mape_percent, 1)}\u202f%` : ''}.` : '';
  return `${expected.days_to_come} days to come, expected from ${expected.days_of_history} days of history by ${expected.method === 'weekly_smoothing' ? 'exponential smoothing with a week’s season' : 'exponential smoothing'}${range}.${missed}`;
}

/** What the chart says in words. */
export const runSays = (one: State, through: string | null | undefined): string =>
  `${one.name} cost ${size(one.actual)} ${one.currency}${through ? ` up to ${day(through)}` : ''} of a budget of ${size(one.budget)}${one.forecast && !isOver(one) ? `; ${size(one.forecast.total)} are expected` : ''}.`;

/** True where a budget is exceeded. */
export const exceeded = (one: State): boolean => drawn(one.remaining) < 0;

/** True where it is expected to be, and is not yet. */
export const endangered = (one: State): boolean => !exceeded(one) && drawn(one.forecast_percent ?? '0') > 100;
