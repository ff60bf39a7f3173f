import { expect, test } from 'vitest';

import { landing, personRows, refusal, tokenRows, unitsOf } from './people';

test('units are told apart by commas, and none is everything', () => {
  expect(unitsOf(' claims, risk ,')).toEqual(['claims', 'risk']);
  expect(unitsOf('  ')).toBeNull();
});

const person = { name: 'ada', roles: ['controller', 'portfolio-reviewer'], units: ['claims'], has_password: true, added_at: '2026-05-01T08:00:00Z', added_by: 'root', disabled_at: null, locked_until: null };

test('a person is told with what they may do', () => {
  const [row] = personRows([person], (name) => `/administration/${name}`, 'ada');
  expect(row!.here).toBe(true);
  expect(row!.cells.map((cell) => cell.show)).toEqual(['ada', 'controller and portfolio reviewer', 'claims', 'may log in', '2026-05-01 08:00 UTC']);
});

test('who may do nothing any more stands back', () => {
  const [row] = personRows([{ ...person, disabled_at: '2026-05-02T08:00:00Z' }], String, null);
  expect([row!.kind, row!.cells[3]!.show]).toEqual(['soft', 'disabled']);
});

test('whom a provider vouches for logs in there', () => {
  const [row] = personRows([{ ...person, has_password: false, issuer: 'https://op.example', subject: '00u1' }], String, null);
  expect(row!.cells[3]!.show).toBe('by the provider');
});

test('why nobody was let in is told by words of ours alone', () => {
  expect(refusal(null)).toBeUndefined();
  expect(refusal('role')).toContain('Ask an administrator');
  expect(refusal('constructor')).toBe('You were not let in.');
  expect(refusal('<b>call 555</b>')).toBe('You were not let in.');
});

test('a token is told with its state and its last use', () => {
  const token = { name: 'ci', person: null, state: 'revoked', roles: ['viewer'], units: null, issued_at: '2026-05-01T08:00:00Z', issued_by: 'root', expires_at: '2026-08-01T08:00:00Z', used_at: null, revoked_at: '2026-05-03T08:00:00Z', revoked_by: 'root' };
  const [row] = tokenRows([token], String, null);
  expect(row!.kind).toBe('soft');
  expect(row!.cells.map((cell) => cell.show)).toEqual(['ci', 'viewer', 'all', 'revoked', '–', '2026-08-01 08:00 UTC']);
});

test('each lands where their work begins', () => {
  expect(landing(['viewer', 'controller'])).toBe('/month-end');
  expect(landing(['auditor'])).toBe('/audit');
  expect(landing(['viewer'])).toBe('/');
});
