import { column, count, delta, percent } from './format';
import { decimal, isNegative, plain, rounded, roundedToSum } from './decimal';

/** A cell: what is shown, and the plain value that a copy of the table holds. */
export interface Cell {
  show: string;
  plain: string;
  negative?: boolean;
  /** Percentages and words do not hang a parenthesis. */
  bare?: boolean;
  tone?: 'worse' | 'better' | 'quiet';
  glyph?: string;
  href?: string;
  open?: boolean;
  note?: string;
  /** A bar in the row, from 0 to 1 of the widest. */
  bar?: number;
  code?: boolean;
}

export interface Column {
  label: string;
  /** What it is read as where the head is empty. */
  spoken?: string;
  align?: 'left' | 'right';
  /** Holds bars, not figures. */
  bars?: boolean;
  /** A phone can do without it. */
  optional?: boolean;
  /** Long words go on in the next line; a first column does so unless it says no. */
  wraps?: boolean;
  /** Where the head leads: to the same table, sorted by this column. */
  sort?: { href: string; now?: 'ascending' | 'descending' };
}

export interface Row {
  kind?: 'group' | 'in' | 'deep' | 'sum' | 'total' | 'soft' | 'cont' | 'difference';
  here?: boolean;
  cells: Cell[];
}

/** Rows of a table that is too long to be here: they are asked for as they come into view. */
export interface Lazy {
  length: number;
  /** The row, where it has come. */
  row: (index: number) => Row | undefined;
  /** These rows are in view. */
  want: (from: number, to: number) => void;
  /** The first of them, however many, for a file. */
  first: (most: number) => Promise<Row[]>;
  /** All of them as comma-separated values. */
  separated: () => Promise<Blob>;
}

/** True where a column stands at the right, as figures do. */
export const hasFigures = (columns: Column[], index: number): boolean => index > 0 && columns[index]?.align !== 'left';

export const words = (show: string, more: Partial<Cell> = {}): Cell => ({ show, plain: show, bare: true, ...more });
export const nothing: Cell = { show: '\u2013', plain: '', bare: true };
export const blank: Cell = { show: '', plain: '', bare: true };

export function money(amount: string | null | undefined, more: Partial<Cell> & { places?: number } = {}): Cell {
  if (amount === null || amount === undefined) return nothing;
  const { places = 2, ...rest } = more;
  const shown = rounded(decimal(amount), places);
  return { show: column(shown, places), plain: amount, negative: isNegative(shown), ...rest };
}

export const whole = (value: number | string | null | undefined, more: Partial<Cell> = {}): Cell =>
  value === null || value === undefined ? nothing : { show: count(value), plain: String(value), bare: true, ...more };

/** A change in tenths of a percent: ten percent more, or further, is worse and says so. */
export function change(tenths: number | null | undefined, more: Partial<Cell> = {}): Cell {
  if (tenths === null || tenths === undefined) return nothing;
  const risen = tenths >= 100;
  const mark: Partial<Cell> = risen ? { tone: 'worse', glyph: '▲' } : {};
  return { show: delta(tenths), plain: `${tenths / 10}`, bare: true, ...mark, ...more };
}

export const share = (tenths: number | null | undefined, more: Partial<Cell> = {}): Cell =>
  tenths === null || tenths === undefined ? nothing : { show: percent(tenths), plain: `${tenths / 10}`, bare: true, ...more };

/** A column of parts and its total, rounded so that what is shown adds up. */
export function parts(amounts: string[], total: string, places = 2): string[] {
  return roundedToSum(amounts.map(decimal), decimal(total), places).map((part) => plain(part));
}

/** A cell that shows a rounded part and copies the exact amount. */
export const part = (shown: string, amount: string, more: Partial<Cell> = {}): Cell => ({
  show: column(shown, decimal(shown).scale),
  plain: amount,
  negative: isNegative(decimal(shown)),
  ...more,
});

const lines = (columns: Column[], rows: Row[]): string[][] => [
  columns.map((head) => head.label || head.spoken || ''),
  ...rows.map((row) => columns.map((_, index) => row.cells[index]?.plain ?? '')),
];

/** Tab-separated plain values, as a spreadsheet takes them. */
export const copied = (columns: Column[], rows: Row[]): string =>
  lines(columns, rows).map((line) => line.map((cell) => cell.replace(/[\t\r\n]+/g, ' ')).join('\t')).join('\n');

/**
 * Comma-separated values. A text that a spreadsheet would take for a formula gets an apostrophe before it, as the API's own files do.
 */
export function commaSeparated(columns: Column[], rows: Row[]): string {
  const field = (text: string): string => {
    const harmless = /^[=+@\t\r]/.test(text) || /^-(?!\d+(\.\d+)?$)/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
  };
  return lines(columns, rows).map((line) => line.map(field).join(',')).join('\r\n') + '\r\n';
}
