import { expect, test } from 'vitest';

import { agreed, history, needed, nextActs, realisedOf, savingRows, shadowCosts, shadowRows, withWhom, type Standing } from './approval';

const standing = (more: Partial<Standing> = {}): Standing => ({ state: 'proposed', proposed_by: ['eve'], approvals: [], need: { approvers: 2, valid_days: 14, because: ['50000 USD a month'] }, still_needed: 1, may_approve: ['ada', 'grace'], stale: [], units: [], steps: [], escalated: [], ...more });

test('what is needed is said with who may give it', () => {
  expect(needed(standing())).toBe('1 of 2 approvals is there. ada and grace may.');
  expect(needed(standing({ may_approve: [] }))).toMatch(/Nobody here may give it/);
  expect(needed(standing({ still_needed: 0 }))).toBe('2 approvals were asked for, and given.');
});

test('what is stale is neither approved nor applied', () => {
  expect(nextActs(standing())[0]).toBe('approval');
  expect(nextActs(standing({ stale: ['rules are version 2'] }))).toEqual(['challenge', 'rejection', 'assignment', 'shadow', 'comments']);
  expect(nextActs(standing({ state: 'expired' }))).toEqual(['comments']);
});

test('in shadow nothing is applied, and what was done is put on record', () => {
  expect(nextActs(standing({ state: 'shadowed' }))).toEqual(['observations', 'resumption', 'rejection', 'assignment', 'comments']);
  const found = { basis: 'bills', compared: 'replicas', from: '2026-06-01T00:00:00Z', until: '2026-06-02T00:00:00Z', counted: 'replica-hours', of: '96', agreed: '72', share: '0.75', cost_done: { amount: '96', currency: 'USD' }, cost_planned: { amount: '72', currency: 'USD' }, difference: { amount: '24', currency: 'USD' }, lines: [{ name: 's', compared: 24, same: 0, done: '96', planned: '72', agreed: '72' }] };
  expect(agreed(found)).toMatch(/^75\.00.% as planned, 72\.00 of 96\.00 replica-hours\.$/u);
  expect(agreed({ ...found, basis: 'nothing', share: null })).toBe('Nothing can be told.');
  expect(shadowRows(found)[0]!.cells.map((cell) => cell.plain)).toEqual(['s', '24', '0', '96', '72', '72']);
  expect(shadowCosts(found)[0]!.cells.map((cell) => cell.plain)).toEqual(['In the time compared', '96', '72', '24']);
});

test('whom it waits for is said, and where it goes next', () => {
  const given = { to: 'grace', by: 'ada', at: '2026-06-01T00:00:00Z', until: '2026-06-03T04:00:00Z', reason: '' };
  const gone = { at: '2026-06-02T00:00:00Z', rule: 'a day', to: null, role: 'controller' };
  expect(withWhom(standing({ assignment: given, escalated: [gone], escalates: { at: '2026-06-04T00:00:00Z', to: 'carol' } }))).toEqual([
    'grace is to deal with it until 2026-06-03 04:00 UTC.',
    'Nobody answered: on 2026-06-02 00:00 UTC it went to the role controller.',
    'It goes to carol on 2026-06-04 00:00 UTC where nobody answers.',
  ]);
});

const verified = { sequence: 5, by: 'ada', action: 'verify' as const, reason: 'from the bill', plan_hash: '', input_hash: '', at: '2026-06-03T04:00:00Z', details: { realised: { basis: 'given', compared: 'a month, as whoever verified it says', saved: { amount: '1200.5', currency: 'USD' }, promised: { amount: '1500', currency: 'USD' } } } };

test('history tells what was done, by whom, and why', () => {
  expect(history([verified])).toEqual([{ what: 'ada verified it, 2026-06-03 04:00 UTC', why: '1,200.50 USD a month, a month, as whoever verified it says. from the bill' }]);
});

test('a saving is estimated, and verified beside what was promised', () => {
  const line = { id: 'p', kind: 'fleet', status: 'feasible', state: 'verified' as const, proposed_by: ['eve'], created_at: '2026-05-01T00:00:00Z', expires_at: '2026-06-01T00:00:00Z', is_expired: false, is_recommended: true, span: '168 hours', cost_now: { amount: '10', currency: 'USD' }, cost_planned: { amount: '7', currency: 'USD' }, saved: { amount: '3', currency: 'USD' }, input_hash: '' };
  expect(realisedOf(standing({ steps: [verified] }))?.saved.amount).toBe('1200.5');
  const [row] = savingRows([line], new Map([['p', standing({ steps: [verified] })]]), String, null);
  expect(row!.cells.map((cell) => cell.plain)).toEqual(['Fleet', 'verified', '10', '7', '3', '168 hours', '1200.5', '', '1500']);
  const told = { ...verified, details: { realised: { ...verified.details.realised, low: { amount: '900', currency: 'USD' }, high: { amount: '1501', currency: 'USD' } } } };
  const [within] = savingRows([line], new Map([['p', standing({ steps: [told] })]]), String, null);
  expect(within!.cells[7]!.plain).toBe('900.00 to 1,501.00');
  expect(history([told])[0]!.why).toContain('1,200.50 USD a month, between 900.00 and 1,501.00 (95 %), a month');
});
