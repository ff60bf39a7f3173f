import { answer, api, type Schemas } from '../api/client';
import { basis, COSTS } from './basis.svelte';
import { month } from './format';
import { hasFigures, type Cell, type Column, type Row } from './ledger';

type Table = Schemas['ShownTable'];

const KINDS: Record<NonNullable<Row['kind']>, NonNullable<Schemas['ShownRowKind']>> = { group: 'group', in: 'within', deep: 'within', cont: 'line', soft: 'line', sum: 'sum', total: 'total', difference: 'total' };

/** A table as it is shown, with the figures behind it; bars are for the eye alone. */
export function shownTable(title: string, dek: string, columns: Column[], rows: Row[]): Table {
  const kept = columns.map((column, index) => ({ column, index })).filter(({ column }) => !column.bars);
  const cell = (one: Cell | undefined, figures: boolean) => {
    const shown = one ? [one.show, one.note, one.glyph].filter(Boolean).join(' ') : '';
    return figures && one && /^-?\d+(\.\d+)?$/.test(one.plain) ? { shown, exact: one.plain } : { shown };
  };
  return {
    title,
    dek,
    basis: [basis.organisation, basis.period && month(basis.period), basis.currency, COSTS[basis.cost]].filter(Boolean).join('  \u00b7  '),
    columns: kept.map(({ column, index }) => ({ label: column.label, figures: hasFigures(columns, index) })),
    rows: rows.map((row) => ({ kind: row.kind ? KINDS[row.kind] : 'line', cells: row.kind === 'group' ? [cell(row.cells[0], false)] : kept.map(({ index }) => cell(row.cells[index], hasFigures(columns, index))) })),
  };
}

/** The table as a file that the program makes. */
export const made = (table: Table, format: 'xlsx' | 'pdf'): Promise<Blob> =>
  answer(api.POST('/v1/tables', { params: { query: { format } }, body: table, parseAs: 'blob' }) as Promise<{ data?: Blob; error?: unknown; response: Response }>);

/** Gives the browser a file to keep. */
export function keep(content: Blob, name: string) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // Some browsers ask where to keep it before they read it.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
