import { describe, expect, it } from 'vitest';

import { every, isSingle, lines, lineRow, summary } from './charges';
import type { Asked } from './explorer';

const asked: Asked = { rows: 'Charge', columns: null, filters: [], find: '', cost: 'effective', currency: 'USD' };
const none = new Map<string, string>();

describe('each charge', () => {
  it('is asked for by its place, from whichever end is nearer', () => {
    const near = lines(asked, none, '-total', 200, 200, 1_000_000);
    expect(near.sql).toMatch(/ORDER BY cost DESC NULLS LAST, day ASC NULLS FIRST, .* LIMIT 200 OFFSET 200$/);
    expect(near.reversed).toBe(false);
    const far = lines(asked, none, '-total', 999_900, 200, 1_000_000);
    expect(far.sql).toMatch(/ORDER BY cost ASC NULLS FIRST, day DESC NULLS LAST, .* LIMIT 100 OFFSET 0$/);
    expect(far.reversed).toBe(true);
    const between = lines(asked, none, '-total', 500_000, 200, 1_000_000);
    expect(between.sql).toMatch(/ROW_NUMBER\(\) OVER \(ORDER BY cost DESC .* WHERE place BETWEEN 500001 AND 500200 ORDER BY place$/s);
    expect(between.reversed).toBe(false);
  });

  it('is sorted by nothing but its columns', () => {
    expect(lines(asked, none, 'cost; DROP TABLE x', 0, 10, 10).sql).toContain('ORDER BY cost ASC');
    expect(lines(asked, none, 'service', 0, 10, 10).sql).toContain('ORDER BY service ASC');
  });

  it('binds what is looked for and filtered by', () => {
    const hostile = `x' OR 1=1 --`;
    for (const made of [summary, every]) {
      const { sql, parameters } = made({ ...asked, find: hostile, filters: [{ dimension: 'ServiceName', value: hostile }] }, none);
      expect(sql).not.toContain(hostile);
      expect(parameters.filter((one) => one.includes(hostile)).length).toBe(5);
    }
  });

  it('is of the groups of a day where a unit is asked for', () => {
    const ofUnit = { ...asked, filters: [{ dimension: 'Unit', value: 'claims' }] };
    expect([isSingle(asked), isSingle(ofUnit)]).toEqual([true, false]);
    const line = { day: '2026-05-01', service: 'S', account: null, what: 'claims', cost: '1.5', charges: 3 };
    expect(lineRow(line, () => 'Claims', false).cells.map((cell) => cell.show)).toEqual(['2026-05-01', 'S', '–', 'Claims', '3', '1.50']);
    expect(lineRow(line, () => 'Claims', true).cells.map((cell) => cell.show)).toEqual(['2026-05-01', 'S', '–', 'claims', '1.50']);
  });
});
