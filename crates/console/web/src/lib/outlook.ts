import type { Schemas } from '../api/client';
import { decimal, isNegative } from './decimal';
import { day, listed, month, size } from './format';
import { money, nothing, words, type Cell, type Row } from './ledger';

type Anomaly = Schemas['CostAnomaly'];
type Line = Schemas['ForecastLine'];

/** One day, or the first and the last of several. */
export const days = (one: Anomaly): string => (one.first === one.last ? day(one.first) : `${day(one.first)} to ${day(one.last)}`);

/** What moved most, the most first. */
export const causes = (one: Anomaly, name: (value: string) => string): string => listed(one.causes.map((cause) => `${cause.name === '(none)' ? 'no unit' : name(cause.name)} ${size(cause.impact)}`));

/** What stood out, the most money first: dearer than expected is worse. */
export function anomalyRows(found: Schemas['Anomalies'], name: (value: string) => string, cause: (value: string) => string, open: (one: Anomaly) => string): Row[] {
  return found.anomalies.map((one) => {
    const less = isNegative(decimal(one.impact));
    const beyond: Partial<Cell> = { tone: less ? 'better' : 'worse', glyph: less ? '▼' : '▲' };
    return {
      cells: [
        words(name(one.name), { href: open(one) }),
        words(days(one)),
        money(one.actual),
        money(one.expected, { note: 'est.', tone: 'quiet' }),
        money(one.impact, beyond),
        words(causes(one, cause) || '–'),
      ],
    };
  });
}

/** The months of a forecast: what is over is upright, what is to come is an estimate. */
export function monthRows(line: Line): Row[] {
  return line.months.map((one) => {
    const over = one.days_to_come === 0;
    return {
      cells: [
        words(month(one.period)),
        money(one.expected, over ? {} : { note: 'est.', tone: 'quiet' }),
        over ? nothing : money(one.low),
        over ? nothing : money(one.high),
      ],
    };
  });
}

/** How good the method would have been. */
export function tested(line: Line): string {
  if (!line.mape_percent) return 'History is too short to test the method on earlier days.';
  const naive = line.naive_mape_percent ? `; the week before, repeated, by ${size(line.naive_mape_percent, 1)}\u202f%` : '';
  return `From ${line.days_of_history} days. Asked at earlier days, the method missed the days to come by ${size(line.mape_percent, 1)}\u202f% in the mean${naive}.`;
}
