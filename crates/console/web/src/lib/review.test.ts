import { describe, expect, it } from 'vitest';

import type { Schemas } from '../api/client';
import { decided, quarterName, quarterOf, reviewRows } from './review';

const model = (name: string, decision: string | null): Schemas['ReviewedModel'] => ({ model: name, decision, decided_before: decision ? 1 : 0, decided_by: decision && 'ada', decided_at: decision && '2026-06-03T04:00:00Z', reason: decision && 'it is cheaper' });
const review = (models: Schemas['ReviewedModel'][]): Schemas['PortfolioReviewReport'] => ({ quarter: '2026-Q2', opened_at: '2026-06-03T04:00:00Z', opened_by: 'ada', digest: 'd', models });

describe('a review', () => {
  it('is of the quarter of its month', () => {
    expect(['2026-01', '2026-03', '2026-04', '2026-12'].map(quarterOf)).toEqual(['2026-Q1', '2026-Q1', '2026-Q2', '2026-Q4']);
    expect(quarterName('2026-Q2')).toBe('Q2 2026');
  });

  it('says how many models are decided on', () => {
    expect(decided(review([model('a', 'keep'), model('b', null)]))).toBe('1 of 2 models is decided on.');
    expect(decided(review([model('a', 'keep'), model('b', 'retire')]))).toBe('All 2 models are decided on.');
  });

  it('has a dash where nothing was decided', () => {
    const rows = reviewRows(review([model('a', 'keep'), model('b', null)]), (name) => `?model=${name}`, 'b');
    expect(rows.map((row) => row.cells.map((cell) => cell.show))).toEqual([
      ['a', 'Keep', 'ada', '2026-06-03 04:00 UTC', 'it is cheaper'],
      ['b', '–', '–', '–', '–'],
    ]);
    expect(rows[1]!.here).toBe(true);
  });
});
