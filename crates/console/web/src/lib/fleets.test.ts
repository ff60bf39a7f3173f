import { describe, expect, it } from 'vitest';

import { changeRows, differs, planDiff, uses } from './fleets';
import type { Plan } from './plans';

const usd = (amount: string) => ({ amount, currency: 'USD' });
const type = (name: string, replicas: number[], capacity = '2') => ({ type: name, replica_hours: replicas.reduce((sum, one) => sum + one, 0), min_replicas: Math.min(...replicas), max_replicas: Math.max(...replicas), capacity, replicas });
const plan = (planned: string, replicas: number[]): Plan =>
  ({
    currency: 'USD',
    cost_now: usd('100'),
    cost_planned: usd(planned),
    saved: usd('10'),
    purchase: { commitments: usd('0'), spend: usd('0'), on_demand: usd(planned), penalties: usd('0') },
    commitments: [{ kind: 'spend', hourly: usd('1.5'), cost: usd('3') }],
    types: [{ type: 'm1', used_hours: replicas.length, peak: Math.max(...replicas), quota: null }],
    workloads: [{ workload: 'chat', model: 'm', demand: [1, 3], peak_demand: 3, min_replicas: Math.min(...replicas), max_replicas: Math.max(...replicas), types: [type('m1', replicas)], today: [{ type: 'm0', replicas: 4 }] }],
  }) as unknown as Plan;
const shown = (rows: ReturnType<typeof planDiff>) => rows.map((row) => row.cells.map((cell) => cell.show));

describe('what a plan changes', () => {
  it('is told for each workload and commitment', () => {
    expect(shown(changeRows(plan('90', [1, 2])))).toEqual([
      ['Schedule, chat', '4 × m0', '1 to 2 by the hour: m1'],
      ['Commitment to spend', '–', '1.50 an hour'],
    ]);
  });

  it('leaves room to the limit, hour by hour', () => {
    expect(uses(plan('90', [1, 2]))).toEqual([{ name: 'chat', hours: [0.5, 0.75] }]);
    expect(uses(plan('90', [0, 2]))[0]!.hours[0]).toBeNull();
  });
});

describe('two plans beside each other', () => {
  it('differ in nothing where they are the same', () => {
    const rows = planDiff(plan('90', [1, 2]), plan('90', [1, 2]));
    expect(rows).toEqual([]);
    expect(differs(plan('90', [1, 2]), plan('90', [1, 2]), rows)).toBe('The two plans are the same in cost, machines and workloads.');
  });

  it('show cost, machines and workloads that differ, and by how much', () => {
    const [one, other] = [plan('80.5', [1, 1]), plan('90', [1, 3])];
    const rows = planDiff(one, other);
    expect(shown(rows)).toEqual([
      ['Cost'],
      ['On demand', '90.00', '80.50', '(9.50)'],
      ['Cost planned', '90.00', '80.50', '(9.50)'],
      ['Machines'],
      ['m1, at peak', '3', '1', '(2)'],
      ['Workloads'],
      ['chat, replicas', '1 to 3 by the hour: m1', '1 × m1', '–'],
      ['chat, replica hours', '4', '2', '(2)'],
    ]);
    expect(differs(one, other, rows)).toBe('This plan costs 9.50 USD less than the other.');
  });
});
