import { describe, expect, it } from 'vitest';

import type { Schemas } from '../api/client';
import { tree } from './overview';

type Statement = Schemas['Statement'];
const unit = (id: string, depth: number, direct: string, shared: string, all: [string, string, string]) =>
  ({ unit: id, name: id, depth, direct, shared, total: direct, rolled_up: { direct: all[0], shared: all[1], total: all[2] }, shares: [], previous: null }) as unknown as Statement['units'][number];

describe('the tree of units', () => {
  const found = {
    billed_total: '30.014',
    attributed_total: '20.010',
    units: [unit('all', 0, '0', '0', ['20.01', '0', '20.01']), unit('a', 1, '1.004', '0', ['10.008', '0', '10.008']), unit('b', 2, '9.004', '0', ['9.004', '0', '9.004']), unit('c', 1, '10.002', '0', ['10.002', '0', '10.002'])],
    unattributed: [{ reason: 'no_rule', description: 'no rule', amount: '10.004', charges: 1, previous: null }],
  } as unknown as Statement;
  const rows = tree(found, (cell) => `?${cell}`, (id) => `/${id}`, null);
  const cents = (name: string) => Number(rows.find((row) => row.cells[0]!.show === name)!.cells[3]!.show.replace('.', ''));

  it('adds up as it is shown: each unit from its own and those below, the bill from all', () => {
    expect(cents('a, of its own') + cents('b')).toBe(cents('a'));
    expect(cents('a') + cents('c')).toBe(cents('Attributed'));
    expect(cents('Attributed') + cents('Unattributed: no rule')).toBe(cents('All charges'));
  });

  it('copies the exact amounts', () => {
    expect(rows.map((row) => row.cells[3]!.plain)).toEqual(['10.008', '1.004', '9.004', '10.002', '20.010', '10.004', '30.014']);
  });

  it('asks for a unit’s own charges by their own cell', () => {
    expect(rows[1]!.cells[1]!.href).toBe('?unit=a,part=direct,scope=own');
  });
});
