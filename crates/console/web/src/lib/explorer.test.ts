import { describe, expect, it } from 'vitest';

import { objection, query, readFilter, table, writeFilter, type Answered, type Asked } from './explorer';

const asked: Asked = { rows: 'ServiceName', columns: null, filters: [], cost: 'effective', currency: 'USD' };

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
    const labels = { of: (_: string, value: string) => value, before: 'April', into: () => '#' };
    const made = table(asked, [line(null, '10.5', 1), line('A', '10.5')], [line(null, '3', 1), line('B', '3')], labels);
    expect(made.total).toBe('10.5');
    expect(made.rows.map((row) => [row.cells[0]!.show, row.cells[3]!.plain])).toEqual([
      ['A', '10.5'],
      ['B', '-3'],
      ['All of these', '7.5'],
    ]);
  });
});
