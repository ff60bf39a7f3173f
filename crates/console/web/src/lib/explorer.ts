import type { Schemas } from '../api/client';
import { decimal, drawn, minus, plain, shareTenths } from './decimal';
import { change, money, nothing, share, whole, words, type Column, type Row } from './ledger';
import { COLUMN } from './overview';

/** What charges can be told apart by: FOCUS columns, and where attribution sent them. */
export const DIMENSIONS: Record<string, string> = {
  Unit: 'Unit',
  ServiceName: 'Service',
  ServiceCategory: 'Service category',
  ProviderName: 'Provider',
  Source: 'Source',
  SubAccountName: 'Sub-account',
  RegionId: 'Region',
  ResourceType: 'Resource type',
  ChargeCategory: 'Charge category',
  PricingCategory: 'Pricing category',
  CommitmentDiscountStatus: 'Commitment status',
  InvoiceId: 'Invoice',
  Rule: 'Rule',
  Pool: 'Pool',
  Reason: 'Reason without a unit',
};

/** Only attribution knows these; only the bill's own table has tags. */
const OF_ATTRIBUTION = ['Unit', 'Rule', 'Pool', 'Reason'];
const isTag = (dimension: string) => dimension.startsWith('tag:');

export interface Filter {
  dimension: string;
  value: string;
}

export interface Asked {
  rows: string;
  columns: string | null;
  filters: Filter[];
  cost: Schemas['Cost'];
  currency: string;
}

export const readFilter = (text: string): Filter => ({ dimension: text.slice(0, text.indexOf('=')), value: text.slice(text.indexOf('=') + 1) });
export const writeFilter = (filter: Filter): string => `${filter.dimension}=${filter.value}`;

/** The name of a column in SQL: only a known one, or a tag, its quotes doubled. */
function quoted(dimension: string): string {
  if (!(dimension in DIMENSIONS) && !isTag(dimension)) throw new RangeError(`${dimension} is nothing that charges are told apart by`);
  return `"${dimension.replaceAll('"', '""')}"`;
}

/** Why the question cannot be asked; nothing where it can. */
export function objection(asked: Asked): string | null {
  const all = [asked.rows, asked.columns ?? asked.rows, ...asked.filters.map((one) => one.dimension)];
  const unknown = all.find((one) => !(one in DIMENSIONS) && !isTag(one));
  if (unknown !== undefined) return `${unknown || 'An empty name'} is nothing that charges are told apart by. Choose rows and columns above.`;
  if (all.some(isTag) && all.some((one) => OF_ATTRIBUTION.includes(one))) {
    return 'Tags are on the bill, units and rules come from attribution: a table has the one or the other. Choose other rows, columns or filters.';
  }
  return null;
}

/** One query: every cell, and the sums of rows, columns and all, so that nothing is added up here. */
export function query(asked: Asked): { sql: string; parameters: string[] } {
  const all = [asked.rows, ...(asked.columns ? [asked.columns] : []), ...asked.filters.map((one) => one.dimension)];
  const table = all.some(isTag) ? 'focus_daily' : 'attributed';
  const row = quoted(asked.rows);
  const column = asked.columns && asked.columns !== asked.rows ? quoted(asked.columns) : null;
  const parameters = [asked.currency];
  const conditions = asked.filters.map((filter) => {
    const name = quoted(filter.dimension);
    if (filter.value === '') return `(${name} IS NULL OR ${name} = '')`;
    parameters.push(filter.value);
    return `${name} = ?`;
  });
  const sets = column ? `(${row}, ${column}), (${row}), (${column}), ()` : `(${row}), ()`;
  const sql = `SELECT ${row} AS r, ${column ?? 'NULL'} AS c, GROUPING(${row}) AS all_rows, ${column ? `GROUPING(${column})` : '1'} AS all_columns,
      SUM(${COLUMN[asked.cost]}) AS cost, SUM(Charges) AS charges
    FROM ${table} WHERE ${['BillingCurrency = ?', ...conditions].join(' AND ')}
    GROUP BY GROUPING SETS (${sets}) ORDER BY cost DESC`;
  return { sql, parameters };
}

export interface Answered {
  r: string | null;
  c: string | null;
  all_rows: number;
  all_columns: number;
  cost: string | null;
  charges: number | null;
}

/** Columns of a pivot that are shown; the total counts the others too. */
export const MOST_COLUMNS = 6;

export interface Table {
  columns: Column[];
  rows: Row[];
  total: string;
  charges: number;
  /** Columns of the pivot that are not shown. */
  hidden: number;
}

const key = (value: string | null) => value ?? '';

/** The answer as a table: a row each, its columns or its change, and the sum of all. */
export function table(asked: Asked, now: Answered[], before: Answered[] | null, labels: { of: (dimension: string, value: string) => string; before: string; into: (filter: Filter) => string }): Table {
  const total = now.find((one) => one.all_rows === 1 && one.all_columns === 1);
  const sum = total?.cost ?? '0';
  const rows = now.filter((one) => one.all_rows === 0 && one.all_columns === 1);
  const pivot = now.filter((one) => one.all_rows === 1 && one.all_columns === 0);
  const shown = pivot.slice(0, MOST_COLUMNS);
  const cells = new Map(now.filter((one) => one.all_rows === 0 && one.all_columns === 0).map((one) => [JSON.stringify([key(one.r), key(one.c)]), one.cost]));
  const beforeOf = new Map((before ?? []).filter((one) => one.all_columns === 1 && one.all_rows === 0).map((one) => [key(one.r), one.cost ?? '0']));
  const beforeAll = before?.find((one) => one.all_rows === 1 && one.all_columns === 1)?.cost ?? null;
  const gone = [...beforeOf.keys()].filter((one) => before !== null && !rows.some((row) => key(row.r) === one));
  const widest = Math.max(1, ...rows.map((one) => Math.abs(drawn(one.cost ?? '0'))));
  const compared = (cost: string, earlier: string | null | undefined) => {
    if (earlier === null || earlier === undefined) return [nothing, money(cost), nothing];
    const moved = plain(minus(decimal(cost), decimal(earlier)));
    return [money(earlier), money(moved), change(shareTenths(decimal(moved), decimal(earlier.replace('-', ''))))];
  };
  const name = (value: string | null) => words(key(value) === '' ? 'None' : labels.of(asked.rows, key(value)), { href: labels.into({ dimension: asked.rows, value: key(value) }) });
  const rest = (cost: string, charges: number | null, earlier: string | null | undefined) =>
    before ? compared(cost, earlier) : [share(shareTenths(decimal(cost), decimal(sum))), whole(charges), { show: '', plain: '', bar: drawn(cost) / widest }];
  const line = (value: string | null, cost: string, charges: number | null): Row => ({
    cells: [name(value), ...shown.map((column) => money(cells.get(JSON.stringify([key(value), key(column.c)])))), money(cost), ...rest(cost, charges, beforeOf.get(key(value)))],
  });
  return {
    columns: [
      { label: DIMENSIONS[asked.rows] ?? asked.rows },
      ...shown.map((column): Column => ({ label: key(column.c) === '' ? 'None' : labels.of(asked.columns!, key(column.c)), optional: true })),
      { label: 'Total' },
      ...(before
        ? [{ label: labels.before, optional: true }, { label: 'Change', optional: true }, { label: `vs ${labels.before}` }]
        : [{ label: 'Share' }, { label: 'Charges', optional: true }, ...(shown.length > 0 ? [] : [{ label: '', spoken: 'Bar', align: 'left' as const, bars: true }])]),
    ],
    rows: [
      ...rows.map((one) => line(one.r, one.cost ?? '0', one.charges)),
      ...gone.map((value) => line(value, '0', 0)),
      {
        kind: 'total',
        cells: [words('All of these'), ...shown.map((one) => money(one.cost)), money(sum), ...(before ? compared(sum, beforeAll) : [share(1000), whole(total?.charges ?? 0), words('')])],
      },
    ],
    total: sum,
    charges: total?.charges ?? 0,
    hidden: pivot.length - shown.length,
  };
}
