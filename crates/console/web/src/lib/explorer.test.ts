import { describe, expect, it } from 'vitest';

import { held, LARGEST, objection, query, readFilter, table, tableOf, writeFilter, type Answered, type Asked } from './explorer';

const asked: Asked = { rows: 'ServiceName', columns: null, filters: [], find: '', cost: 'effective', currency: 'USD' };

const sorting = { now: LARGEST, to: (sort: string) => `?sort=${sort}` };

describe('the explorer', () => {
  it('binds values and never pastes them', () => {
    const hostile = `x' OR 1=1 --`;
    const { sql, parameters } = query({ ...asked, filters: [{ dimension: 'Unit', value: hostile }] });
    expect(sql).not.toContain(hostile);
    expect(parameters).toEqual(['USD', hostile]);
  });

  it('quotes the names of tags and refuses other names', () => {
    expect(query({ ...asked, rows: 'tag:a"b' }).sql).toContain('"tag:a""b"');
    expect(() => query({ ...asked, rows: '1; DROP TABLE x' })).toThrow(RangeError);
    expect(objection({ ...asked, rows: '1; DROP TABLE x' })).toMatch(/is nothing that charges/);
    expect(objection({ ...asked, rows: 'tag:Team', columns: 'Unit' })).toMatch(/Choose other/);
    expect(objection(asked)).toBeNull();
  });

  it('asks for empty values as such', () => {
    expect(query({ ...asked, filters: [{ dimension: 'Reason', value: '' }] }).sql).toContain(`("Reason" IS NULL OR "Reason" = '')`);
  });

  it('keeps a value with an equals sign whole', () => {
    const filter = { dimension: 'InvoiceId', value: 'a=b=c' };
    expect(readFilter(writeFilter(filter))).toEqual(filter);
  });

  it('takes its total from the answer, and lists what was there only before', () => {
    const line = (r: string | null, cost: string, all = 0): Answered => ({ r, c: null, all_rows: all, all_columns: 1, cost, charges: 1 });
    const labels = { of: (_: string, value: string) => value, before: 'April', into: () => '#', sorting };
    const made = table(asked, [line(null, '10.5', 1), line('A', '10.5')], [line(null, '3', 1), line('B', '3')], labels);
    expect(made.total).toBe('10.5');
    expect(made.rows.map((row) => [row.cells[0]!.show, row.cells[3]!.plain])).toEqual([
      ['A', '10.5'],
      ['B', '-3'],
      ['All of these', '7.5'],
    ]);
  });

  it('asks the table that knows all that is asked about', () => {
    expect([asked, { ...asked, rows: 'tag:Team' }, { ...asked, rows: 'ResourceId' }, { ...asked, rows: 'Charge' }, { ...asked, rows: 'Charge', filters: [{ dimension: 'Unit', value: 'a' }] }].map(tableOf)).toEqual(['attributed', 'focus_daily', 'focus', 'focus', 'attributed']);
    expect(objection({ ...asked, rows: 'ResourceId', filters: [{ dimension: 'Unit', value: 'a' }] })).toMatch(/of single charges/);
    expect(objection({ ...asked, rows: 'Charge' })).toBeNull();
  });

  it('finds what a name holds, as it is written, and a unit by the name that it is shown with', () => {
    expect(held('50%_\\')).toBe('%50\\%\\_\\\\%');
    const { sql, parameters } = query({ ...asked, rows: 'Unit', find: 'Risk' }, new Map([['risk-scoring', 'Risk scoring'], ['claims', 'Claims']]));
    expect(sql).toContain(`"Unit" ILIKE ? OR "Unit" IN (?)`);
    expect(parameters).toEqual(['USD', '%Risk%', 'risk-scoring']);
  });

  it('sorts rows by a head, and back; the sum stays last', () => {
    const line = (r: string | null, cost: string, charges: number, all = 0): Answered => ({ r, c: null, all_rows: all, all_columns: 1, cost, charges });
    const now = [line(null, '12.5', 6, 1), line('B', '10', 1), line('A', '2.5', 5)];
    const names = (sort: string) => table(asked, now, null, { of: (_, value) => value, before: '', into: () => '#', sorting: { ...sorting, now: sort } }).rows.map((row) => row.cells[0]!.show);
    expect([LARGEST, 'total', 'name', '-charges'].map(names)).toEqual([['B', 'A', 'All of these'], ['A', 'B', 'All of these'], ['A', 'B', 'All of these'], ['A', 'B', 'All of these']]);
    const heads = table(asked, now, null, { of: (_, value) => value, before: '', into: () => '#', sorting: { ...sorting, now: 'name' } }).columns;
    expect(heads[0]!.sort).toEqual({ href: '?sort=-name', now: 'ascending' });
    expect(heads[1]!.sort).toEqual({ href: '?sort=-total', now: undefined });
  });
});
