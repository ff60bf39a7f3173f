import type { Schemas } from '../api/client';
import { compare, decimal, drawn, minus, plain, shareTenths } from './decimal';
import { size } from './format';
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
  ResourceId: 'Resource',
  ChargeDescription: 'Description',
  Rule: 'Rule',
  Pool: 'Pool',
  Reason: 'Reason without a unit',
};

/** Rows that are no groups: each charge by itself. */
export const EACH = 'Charge';

/** Only attribution knows these; only the bill's own table has tags; only single charges have resources and descriptions. */
const OF_ATTRIBUTION = ['Unit', 'Rule', 'Pool', 'Reason'];
const OF_CHARGES = ['ResourceId', 'ChargeDescription'];
export const isTag = (dimension: string) => dimension.startsWith('tag:');

export interface Filter {
  dimension: string;
  value: string;
}

export interface Asked {
  rows: string;
  columns: string | null;
  filters: Filter[];
  /** Only rows whose name holds this. */
  find: string;
  cost: Schemas['Cost'];
  currency: string;
}

export const readFilter = (text: string): Filter => ({ dimension: text.slice(0, text.indexOf('=')), value: text.slice(text.indexOf('=') + 1) });
export const writeFilter = (filter: Filter): string => `${filter.dimension}=${filter.value}`;

/** The name of a column in SQL: only a known one, or a tag, its quotes doubled. */
export function quoted(dimension: string): string {
  if (!(dimension in DIMENSIONS) && !isTag(dimension)) throw new RangeError(`${dimension} is nothing that charges are told apart by`);
  return `"${dimension.replaceAll('"', '""')}"`;
}

/** Why the question cannot be asked; nothing where it can. */
export function objection(asked: Asked): string | null {
  const all = [asked.rows, asked.columns ?? asked.rows, ...asked.filters.map((one) => one.dimension)].filter((one) => one !== EACH);
  const unknown = all.find((one) => !(one in DIMENSIONS) && !isTag(one));
  if (unknown !== undefined) return `${unknown || 'An empty name'} is nothing that charges are told apart by. Choose rows and columns above.`;
  const [tagged, attributed, single] = [all.some(isTag), all.some((one) => OF_ATTRIBUTION.includes(one)), all.some((one) => OF_CHARGES.includes(one))];
  if (tagged && attributed) {
    return 'Tags are on the bill, units and rules come from attribution: a table has the one or the other. Choose other rows, columns or filters.';
  }
  if (single && (tagged || attributed || all.includes('Source'))) {
    return 'Resources and descriptions are of single charges; sources, tags, units and rules are known of their groups. Choose other rows, columns or filters.';
  }
  return null;
}

/** The table that knows all that is asked about. */
export function tableOf(asked: Asked): 'focus' | 'focus_daily' | 'attributed' {
  const all = [asked.rows, asked.columns ?? asked.rows, ...asked.filters.map((one) => one.dimension)];
  if (all.some((one) => OF_CHARGES.includes(one))) return 'focus';
  if (all.some(isTag)) return 'focus_daily';
  return asked.rows !== EACH || all.some((one) => OF_ATTRIBUTION.includes(one) || one === 'Source') ? 'attributed' : 'focus';
}

/** A text that a name holds, for `ILIKE`: what would stand for anything stands for itself. */
export const held = (text: string): string => `%${text.replace(/[\\%_]/g, (letter) => `\\${letter}`)}%`;

/** What rows are asked for: conditions, and the values of their parameters. */
export function conditions(asked: Asked, found: string[], units: Map<string, string>): { where: string; parameters: string[] } {
  const parameters = [asked.currency];
  const all = asked.filters.map((filter) => {
    const name = quoted(filter.dimension);
    if (filter.value === '') return `(${name} IS NULL OR ${name} = '')`;
    parameters.push(filter.value);
    return `${name} = ?`;
  });
  if (asked.find !== '') {
    // A unit is found by the name that it is shown with.
    const named = found.includes('Unit') ? [...units].filter(([, name]) => name.toLocaleLowerCase().includes(asked.find.toLocaleLowerCase())).map(([unit]) => unit) : [];
    const like = found.map((one) => `${quoted(one)} ILIKE ?`);
    const among = named.length > 0 ? [`"Unit" IN (${named.map(() => '?').join(', ')})`] : [];
    parameters.push(...found.map(() => held(asked.find)), ...named);
    all.push(`(${[...like, ...among].join(' OR ')})`);
  }
  return { where: ['BillingCurrency = ?', ...all].join(' AND '), parameters };
}

/** Groups that are shown one by one; those with less money stand in one line. */
export const MOST_ROWS = 20_000;
/** Cells of a pivot; one with more is not shown, since none of them may be missing. */
export const MOST_CELLS = 100_000;

/** One query: every cell, and the sums of rows, columns and all, so that nothing is added up here. Sums come first, then what costs most. */
export function query(asked: Asked, units: Map<string, string> = new Map()): { sql: string; parameters: string[] } {
  const table = tableOf(asked);
  const row = quoted(asked.rows);
  const column = asked.columns && asked.columns !== asked.rows ? quoted(asked.columns) : null;
  const { where, parameters } = conditions(asked, [asked.rows], units);
  const sets = column ? `(${row}, ${column}), (${row}), (${column}), ()` : `(${row}), ()`;
  const sql = `SELECT ${row} AS r, ${column ?? 'NULL'} AS c, GROUPING(${row}) AS all_rows, ${column ? `GROUPING(${column})` : '1'} AS all_columns,
      SUM(${COLUMN[asked.cost]}) AS cost, ${table === 'focus' ? 'COUNT(*)' : 'SUM(Charges)'} AS charges
    FROM ${table} WHERE ${where}
    GROUP BY GROUPING SETS (${sets}) ORDER BY all_rows DESC, all_columns DESC, cost DESC LIMIT ${(column ? MOST_CELLS : MOST_ROWS) + 1}`;
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
  /** There are more rows than are shown; their money stands in one line. */
  cut: boolean;
}

/** By what rows are sorted: a column, the largest first where a minus goes before. */
export interface Sorting {
  now: string;
  to: (sort: string) => string;
}
export const LARGEST = '-total';

/** The head of a column that sorts: once by it, once more the other way round. */
export function sorted(by: string, sorting: Sorting, label: string, more: Partial<Column> = {}): Column {
  const now = sorting.now === by ? 'ascending' : sorting.now === `-${by}` ? 'descending' : undefined;
  const first = by === 'name' || by === 'day' ? by : `-${by}`;
  return { label, ...more, sort: { href: sorting.to(now === undefined ? first : sorting.now.startsWith('-') ? by : `-${by}`), now } };
}

const key = (value: string | null) => value ?? '';

/** The answer as a table: a row each, its columns or its change, and the sum of all. */
export function table(asked: Asked, now: Answered[], before: Answered[] | null, labels: { of: (dimension: string, value: string) => string; before: string; into: (filter: Filter) => string; sorting: Sorting }): Table {
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
  // The last of a long answer are left out: what they come to is what the sum has beside those that are there.
  const cut = now.length > MOST_ROWS && shown.length === 0;
  const there = rows.reduce((left, one) => minus(left, decimal(one.cost ?? '0')), decimal(sum));
  const counted = rows.reduce((left, one) => left - (one.charges ?? 0), total?.charges ?? 0);
  const others: Row[] = cut ? [{ cells: [words(`All others, each less than ${size(rows.at(-1)?.cost ?? '0')}`), money(plain(there)), ...(before ? [nothing, nothing, nothing] : [share(shareTenths(there, decimal(sum))), whole(counted), words('')])] }] : [];
  const line = (value: string | null, cost: string, charges: number | null): Row => ({
    cells: [name(value), ...shown.map((column) => money(cells.get(JSON.stringify([key(value), key(column.c)])))), money(cost), ...rest(cost, charges, beforeOf.get(key(value)))],
  });
  return {
    columns: [
      sorted('name', labels.sorting, DIMENSIONS[asked.rows] ?? asked.rows),
      ...shown.map((column): Column => ({ label: key(column.c) === '' ? 'None' : labels.of(asked.columns!, key(column.c)), optional: true })),
      sorted('total', labels.sorting, 'Total'),
      ...(before
        ? [{ label: labels.before, optional: true }, sorted('change', labels.sorting, 'Change', { optional: true }), { label: `vs ${labels.before}` }]
        : [{ label: 'Share' }, sorted('charges', labels.sorting, 'Charges', { optional: true }), ...(shown.length > 0 ? [] : [{ label: '', spoken: 'Bar', align: 'left' as const, bars: true }])]),
    ],
    rows: [
      ...inOrder([...rows.map((one) => line(one.r, one.cost ?? '0', one.charges)), ...gone.map((value) => line(value, '0', 0))], labels.sorting.now, shown.length),
      ...others,
      {
        kind: 'total',
        cells: [words('All of these'), ...shown.map((one) => money(one.cost)), money(sum), ...(before ? compared(sum, beforeAll) : [share(1000), whole(total?.charges ?? 0), words('')])],
      },
    ],
    total: sum,
    charges: total?.charges ?? 0,
    hidden: pivot.length - shown.length,
    cut,
  };
}

/** Rows by a column: names as they are read, figures by their exact values. */
function inOrder(rows: Row[], sort: string, columns: number): Row[] {
  if (sort === LARGEST) return rows;
  const at = { name: 0, total: 1 + columns, charges: 3 + columns, change: 3 + columns }[sort.replace('-', '')];
  if (at === undefined) return rows;
  const cell = (row: Row) => row.cells[at]!;
  const number = (text: string) => decimal(text === '' ? '0' : text);
  const up = (a: Row, b: Row) => (at === 0 ? cell(a).show.localeCompare(cell(b).show) : compare(number(cell(a).plain), number(cell(b).plain)));
  return [...rows].sort((a, b) => (sort.startsWith('-') ? up(b, a) : up(a, b)));
}
