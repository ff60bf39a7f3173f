import { expect, test } from 'vitest';

import { details, done, entryRows, short } from './audit';

test('details are told by name, without what is for machines', () => {
  expect(details({ version: 3, input_hash: 'a'.repeat(64), units: ['claims', 'risk'], note: null })).toBe('version 3, units claims; risk');
  expect(details({ import: '01a206f6-fb64-783f-b2c7-8d28c01db74c', revisions: [{ period: '2026-04', rows: 3 }, { period: '2026-05', rows: 4 }] })).toBe('period 2026-04, rows 3; period 2026-05, rows 4');
  expect(details({})).toBe('');
});

test('an action is words', () => {
  expect(done('period.closed')).toBe('period closed');
});

test('an entry is a row that copies what was recorded', () => {
  const entry = { sequence: 7, at: '2026-06-03T04:00:00Z', actor: 'ada', action: 'period.closed', subject: 'period 2026-05', details: {}, previous: 'b'.repeat(64), hash: 'c'.repeat(64) };
  const [row] = entryRows([entry], (changes) => `/audit?${new URLSearchParams(changes as Record<string, string>)}`);
  expect(row!.cells.map((cell) => cell.plain)).toEqual(['2026-06-03T04:00:00Z', 'ada', 'period.closed', 'period 2026-05', '{}', '7']);
  expect(row!.cells[0]!.show).toBe('2026-06-03 04:00 UTC');
});

test('hashes and ids are shown by their beginning', () => {
  expect(short('plan 01a206f6-fb64-783f-b2c7-8d28c01db74c')).toBe('plan 01a206f6…');
  expect(short('c'.repeat(64))).toBe('cccccccccccc…');
});
