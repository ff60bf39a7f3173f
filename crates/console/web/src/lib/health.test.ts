import { describe, expect, it } from 'vitest';

import type { Schemas } from '../api/client';
import { age, healthSays, sources } from './health';

const fact = (source: string, imported_at: string) => ({ source, dataset: 'charges', period: '2026-05', format: 'FOCUS 1.2', sequence: 1, revision: 'r', rows: 9, findings: 2, imported_at, totals: [] }) as unknown as Schemas['PeriodStatus'];
const schedule = (name: string, source: string, more: object = {}) => ({ name, kind: 'import-billing', source, cron: '0 6 * * *', time_zone: 'UTC', enabled: true, missed: 0, next_at: '2026-06-03T06:00:00Z', ...more }) as unknown as Schemas['ScheduleStatus'];
const status = (more: object) => ({ as_of: '2026-06-02T10:00:00Z', periods: [], failures: [], schedules: [], collections: [], ...more }) as unknown as Schemas['SourcesStatus'];

describe('sources', () => {
  it('are those with facts, with a schedule, and those that are collected', () => {
    const found = sources(status({ periods: [fact('aws', '2026-06-01T06:00:00Z')], schedules: [schedule('gcp', 'gcp', { last_error: 'no such folder', failed_at: 'x' })], collections: [{ source: 'openai', succeeded_at: '2026-06-02T05:30:00Z', problem: null, missing: [], calls: 3, cost: '0' }] }));
    expect(found.map((one) => [one.name, one.last, one.next, one.problem ?? null])).toEqual([
      ['aws', '2026-06-01T06:00:00Z', undefined, null],
      ['gcp', undefined, '2026-06-03T06:00:00Z', 'no such folder'],
      ['openai', '2026-06-02T05:30:00Z', undefined, null],
    ]);
    expect(healthSays(found)).toBe('1 of 3 sources needs a look.');
    expect(healthSays(found.slice(0, 1))).toBe('The one source was read without a failure.');
    expect(healthSays([])).toBe('No source is connected yet.');
  });

  it('are as old as what was last brought', () => {
    expect(age('2026-06-02T09:30:00Z', '2026-06-02T10:00:00Z')).toBe('under an hour');
    expect(age('2026-06-01T06:00:00Z', '2026-06-02T10:00:00Z')).toBe('28 hours');
    expect(age('2026-05-02T06:00:00Z', '2026-06-02T10:00:00Z')).toBe('31 days');
  });
});
