import { describe, expect, it } from 'vitest';

import { alerts, running, withBelow } from './budgets';

const days = ['2026-05-01', '2026-05-02', '2026-05-03', '2026-05-04'];

describe('budgets', () => {
  it('draws charges up to the last day that is known, and ends at the cost of the statement', () => {
    const sums = [{ day: '2026-05-01T00:00:00Z', cost: '10' }, { day: '2026-05-03T00:00:00Z', cost: '40' }, { day: '2026-05-04T00:00:00Z', cost: '99' }];
    expect(running(days, '2026-05-03', sums, '60')).toEqual([15, 15, 60, null]);
  });

  it('draws a straight line where all of the money is shared', () => {
    expect(running(days, '2026-05-04', [], '8')).toEqual([2, 4, 6, 8]);
  });

  it('counts all units below', () => {
    const units = [{ unit: 'a', parent: null }, { unit: 'b', parent: 'a' }, { unit: 'c', parent: 'b' }, { unit: 'd', parent: null }];
    expect(withBelow('a', units)).toEqual(['a', 'b', 'c']);
  });

  it('tells the highest threshold that was crossed, and not those on the way', () => {
    const crossed = (unit: string, of: string, percent: string, threshold: string) => ({ unit, of, threshold_percent: percent, threshold, amount: '115', beyond: '3', currency: 'USD' });
    const report = {
      units: [{ unit: 'claims', name: 'Claims' }, { unit: 'lending', name: 'Lending' }],
      alerts: [crossed('claims', 'actual', '80', '90'), crossed('claims', 'actual', '100', '112'), crossed('claims', 'forecast', '100', '112'), crossed('lending', 'actual', '80', '90'), crossed('lending', 'forecast', '100', '112')],
    };
    const said = alerts(report as never).map((one) => one.what);
    expect(said).toEqual(['Claims is beyond 100\u202f% of its budget', 'Claims is expected to be beyond 100\u202f% of its budget', 'Lending is beyond 80\u202f% of its budget', 'Lending is expected to be beyond 100\u202f% of its budget']);
  });
});
