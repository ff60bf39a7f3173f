import { describe, expect, it } from 'vitest';

import { againstPeople, budgets, changed, charged, covered, decisionCost, explored, monthCost, monthEnd, movers, planned, portfolio, record, savings, sourcesState, tokens, unusual, who } from './sentences';

const said = (parts: string[]) => parts.join('').replaceAll('\u202f', ' ').replaceAll('\u00a0', ' ');

describe('what a page says first', () => {
  it('holds the month’s cost and its change', () => {
    expect(said(monthCost('2026-05', '746805.389', 'USD', 31, '2026-04'))).toBe('May cost 746,805.39 USD, 3.1 % more than April.');
    expect(said(monthCost('2026-05', '10', 'EUR', -5, '2026-04'))).toBe('May cost 10.00 EUR, 0.5 % less than April.');
    expect(said(monthCost('2026-05', '10', 'EUR', 0, '2026-04'))).toBe('May cost 10.00 EUR, as much as April.');
    expect(said(monthCost('2026-05', '10', 'EUR', null, undefined))).toBe('May cost 10.00 EUR.');
    expect(said(monthCost('2026-05', '-10', 'EUR', null, undefined))).toBe('May brought 10.00 EUR.');
  });

  it('names who moved it, the largest first', () => {
    const changes = [
      { name: 'Lending', change: '8008.78' },
      { name: 'Fraud', change: '8932.98' },
      { name: 'Claims', change: '7589.46' },
      { name: 'Service', change: '-5848.29' },
      { name: 'Quiet', change: '0.00' },
    ];
    expect(movers(changes)).toBe('Fraud adds 8,932.98 and Lending 8,008.78; Service fell by 5,848.29.');
    expect(movers([{ name: 'Service', change: '-1' }])).toBe('Service fell by 1.00.');
    expect(movers([])).toBe('');
  });

  it('says what a unit is charged, or credited', () => {
    expect(said(charged('Claims', '161466.25', 'USD', 'May 2026'))).toBe('Claims is charged 161,466.25 USD for May 2026.');
    expect(said(charged('Claims', '-1', 'USD', 'May 2026'))).toBe('Claims is credited 1.00 USD for May 2026.');
    expect(said([changed('-7589.46', -49, '2026-04')])).toBe('That is 7,589.46 less than April, 4.9 %.');
    expect(changed(null, null, null)).toBe('There is no month before it to compare with.');
  });

  it('says what is explored', () => {
    expect(explored([], 10166)).toBe('All 10,166 charges come to');
    expect(explored(['Claims', 'AWS'], 1)).toBe('Claims and AWS: 1 charge comes to');
  });

  it('says what stands before a close', () => {
    expect(monthEnd('2026-05', 5, 5)).toBe('May is open: none of its 5 sources are closed yet.');
    expect(monthEnd('2026-05', 5, 1)).toBe('May is open: 1 of 5 sources is not closed yet.');
    expect(monthEnd('2026-05', 5, 0)).toBe('May is closed; what reports say of it stays.');
    expect(monthEnd('2026-05', 0, 0)).toBe('May has no charges to close.');
  });

  it('says what a decision costs, and whether the difference is shown', () => {
    expect(said([decisionCost('invoice processing', 'USD', { per_decision: '3.4958', actor: 'ai' }, { per_decision: '7.9313' })])).toBe('An invoice processing decision costs 3.50 USD by AI and 7.93 USD by a person.');
    const arm = { against_people: { saving_per_decision: '1.60481', low: '1.46', high: '1.75', verdict: 'cheaper' }, break_even: { volume: { kind: 'at_least', decisions_per_month: 28178 }, observed_per_month: 186402 } };
    expect(said([againstPeople(arm, 'USD')])).toBe('The AI is 1.6048 USD cheaper a decision; the 95 % interval is 1.46 to 1.75. It breaks even at 28,178 decisions a month; this month had 186,402.');
    expect(againstPeople({ against_people: { saving_per_decision: '0.1', verdict: 'not_shown' } }, 'USD')).toMatch(/^Which of the two is cheaper is not shown/);
    expect(againstPeople({}, 'USD')).toMatch(/nothing to compare/);
  });

  it('says what a plan changes', () => {
    const [now, then] = [{ amount: '11632.57' }, { amount: '3825.78' }];
    expect(said([planned({ hours: 168, currency: 'USD', cost_now: now, cost_planned: then })])).toBe('The fleet can serve a week’s traffic for 3,825.78 USD instead of 11,632.57.');
    expect(said([planned({ hours: 24, currency: 'USD', cost_now: then, cost_planned: then })])).toBe('The fleet can serve 24 hours of traffic for 3,825.78 USD; what runs now is as cheap.');
    expect(planned({ hours: 24, currency: 'USD' })).toBe('No fleet serves 24 hours of traffic within the limits.');
  });

  it('says what tokens, sources and models come to', () => {
    expect(said([tokens('2026-05', 'USD', '1.1516', '0.6898')])).toBe('A million tokens cost 1.15 USD in May; the use alone is worth 0.69.');
    expect(said([tokens('2026-05', 'USD', '1.1516', '1.1549')])).toBe('A million tokens cost 1.15 USD in May.');
    expect(tokens('2026-05', 'USD', null, null)).toBe('May has no tokens that cost anything.');
    expect(sourcesState('2026-05', 1, 0)).toBe('1 source has delivered for May.');
    expect(sourcesState('2026-05', 3, 2)).toBe('2 sources could not be read.');
    expect([portfolio(9, 4), portfolio(1, 1), portfolio(2, 0), portfolio(0, 0)]).toEqual(['9 models are in use; 4 make decisions.', '1 model is in use; 1 makes decisions.', '2 models are in use; none decides.', 'No model is in use.']);
  });

  it('says how budgets and rules stand', () => {
    expect([budgets('2026-05', 0, 0, 0), budgets('2026-05', 7, 0, 0), budgets('2026-05', 7, 2, 1), budgets('2026-05', 7, 0, 2), budgets('2026-05', 1, 1, 0), budgets('2026-05', 1, 0, 0)]).toEqual([
      'No unit has a budget for May.',
      'All 7 budgets hold in May.',
      '2 of 7 budgets are exceeded in May; 1 more is expected to be.',
      'All 7 budgets hold in May; 2 are expected to be exceeded.',
      '1 of 1 budget is exceeded in May.',
      'The budget of one unit holds in May.',
    ]);
    expect(said([covered('2026-05', 956, 14)])).toBe('95.6 % of May’s cost belongs to a unit, by 14 rules.');
    expect([unusual('2026-05', 0, 0), unusual('2026-05', 0, 9), unusual('2026-05', 1, 9)]).toEqual(['There is too little history to say what is unusual in May.', 'Nothing stood out in May.', '1 time something cost what was not to be expected in May.']);
    expect(covered('2026-05', null, 1)).toBe('May has no charges that rules could give to anybody.');
  });

  it('holds what was changed, and whether that can be believed', () => {
    expect(record(27, 0)).toBe('The record of 27 changes is as it was written.');
    expect(record(1, 0)).toBe('The record of 1 change is as it was written.');
    expect(record(0, 0)).toBe('Nothing was changed yet.');
    expect(record(27, 2)).toBe('The record of changes is not as it was written: 2 problems.');
  });

  it('holds who may ask', () => {
    expect(who(0, 0)).toBe('Nobody has to say who they are yet.');
    expect(who(0, 1)).toBe('Nobody may log in; 1 token is good.');
    expect(who(1, 0)).toBe('One person may log in; no token is good.');
    expect(who(3, 2)).toBe('3 people may log in; 2 tokens are good.');
  });

  it('holds what is recommended and what became of it', () => {
    expect(savings([])).toBe('Nothing is recommended yet.');
    expect(savings(['proposed'])).toBe('The one recommendation waits for approval; none was applied.');
    expect(savings(['proposed', 'challenged', 'applied', 'rejected'])).toBe('2 of 4 recommendations wait for approval; 1 is applied and not verified.');
    expect(savings(['verified', 'verified'])).toBe('No recommendation waits for approval; 2 were verified.');
  });
});
