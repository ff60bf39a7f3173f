/**
 * What a page says first: one sentence that holds its number. Templates, tested like any figure.
 */
import { absolute, compare, decimal, isNegative, isZero, rounded } from './decimal';
import { count, listed, many, monthName, percent, prose, size } from './format';

/** `3.1 % more than April`, or nothing to compare with. */
export function against(tenths: number | null | undefined, before: string | undefined): string {
  if (tenths === null || tenths === undefined || before === undefined) return '';
  if (tenths === 0) return `as much as ${monthName(before)}`;
  return `${percent(Math.abs(tenths))} ${tenths > 0 ? 'more' : 'less'} than ${monthName(before)}`;
}

/** `May cost 746,805.39 USD, 3.1 % more than April.`, cut where the figure stands. */
export function monthCost(period: string, total: string, currency: string, tenths: number | null | undefined, before: string | undefined): [string, string, string] {
  const compared = against(tenths, before);
  const verb = isNegative(decimal(total)) ? 'brought' : 'cost';
  return [`${monthName(period)} ${verb} `, `${size(total)} ${currency}`, compared ? `, ${compared}.` : '.'];
}

/** Who moved the month most: up to two that added and one that fell, largest first. */
export function movers(changes: { name: string; change: string }[]): string {
  const moved = changes.filter((one) => !isZero(decimal(one.change)));
  const bySize = [...moved].sort((a, b) => compare(absolute(decimal(b.change)), absolute(decimal(a.change))));
  const falls = (one: { change: string }) => isNegative(decimal(one.change));
  const added = bySize.filter((one) => !falls(one)).slice(0, 2).map((one) => `${one.name} ${size(one.change)}`);
  const fallen = bySize.filter(falls).slice(0, 2).map((one) => `${one.name} fell by ${size(one.change)}`);
  const more = added.length === 0 ? [] : [`${added[0]!.replace(/ (\S+)$/, ' adds $1')}${added[1] ? ` and ${added[1]}` : ''}`];
  const sentence = [...more, ...(fallen.length > 0 ? [listed(fallen)] : [])].join('; ');
  return sentence && `${sentence}.`;
}

/** `Claims is charged 161,466.25 USD for May 2026.` */
export const charged = (name: string, total: string, currency: string, month: string): [string, string, string] =>
  isNegative(decimal(total)) ? [`${name} is credited `, `${size(total)} ${currency}`, ` for ${month}.`] : [`${name} is charged `, `${size(total)} ${currency}`, ` for ${month}.`];

/** `That is 7,589.46 more than April, 4.9 %.` */
export function changed(change: string | null | undefined, tenths: number | null | undefined, before: string | null | undefined): string {
  if (!change || !before) return 'There is no month before it to compare with.';
  if (isZero(decimal(change))) return `That is as much as ${monthName(before)}.`;
  const relative = tenths === null || tenths === undefined ? '' : `, ${percent(Math.abs(tenths))}`;
  return `That is ${size(change)} ${isNegative(decimal(change)) ? 'less' : 'more'} than ${monthName(before)}${relative}.`;
}

/** `Claude API comes to`, `All 10,166 charges come to`: what the explorer's figure is of. */
export function explored(filters: string[], charges: number): string {
  if (filters.length === 0) return `All ${count(charges)} charges come to`;
  return `${listed(filters)}: ${many(charges, 'charge')} ${charges === 1 ? 'comes' : 'come'} to`;
}

/** What filters there are, for the sentence above. */
export const narrowed = (filters: string[], find: string): string[] => [...filters, ...(find ? [`\u201c${find}\u201d`] : [])];

/** `May is open: 5 of 5 sources with charges are not closed yet.` */
export function monthEnd(period: string, charged: number, open: number): string {
  const name = monthName(period);
  if (charged === 0) return `${name} has no charges to close.`;
  if (open === 0) return `${name} is closed; what reports say of it stays.`;
  if (open === charged) return `${name} is open: none of its ${many(charged, 'source')} ${charged === 1 ? 'is' : 'are'} closed yet.`;
  return `${name} is open: ${open} of ${many(charged, 'source')} ${open === 1 ? 'is' : 'are'} not closed yet.`;
}

/** `A claims triage decision costs 3.56 USD by AI and 5.79 USD by a person.` */
export function decisionCost(workflow: string, currency: string, ai: { per_decision: string; actor: string }, person: { per_decision: string } | undefined): string {
  const article = /^[aeiou]/i.test(workflow) ? 'An' : 'A';
  const by = ai.actor === 'person' ? 'by a person' : 'by AI';
  const other = person && ai.actor !== 'person' ? ` and ${size(person.per_decision)}\u00a0${currency} by a person` : '';
  return `${article} ${workflow} decision costs ${size(ai.per_decision)}\u00a0${currency} ${by}${other}.`;
}

interface Compared {
  against_people?: { saving_per_decision: string; low?: string | null; high?: string | null; verdict: string } | null;
  interval?: { level: string } | null;
  break_even?: { volume: object; observed_per_month: number | string } | null;
}

/** Whether that is shown, and from what volume it holds. */
export function againstPeople(arm: Compared, currency: string): string {
  const compared = arm.against_people;
  if (!compared) return 'There is nothing to compare it with in this month.';
  const saving = decimal(compared.saving_per_decision);
  const words: Record<string, string> = { cheaper: 'cheaper', dearer: 'dearer' };
  const verdict = words[compared.verdict];
  const range = compared.low && compared.high ? `; the 95\u00a0% interval is ${prose(compared.low)} to ${prose(compared.high)}` : '';
  const first = verdict ? `The AI is ${size(saving, 4)} ${currency} ${verdict} a decision${range}.` : `Which of the two is cheaper is not shown: the difference is ${prose(saving, 4)} ${currency} a decision${range}.`;
  const volume = arm.break_even?.volume;
  if (!volume || !('decisions_per_month' in volume)) return first;
  return `${first} It breaks even at ${count(String(volume.decisions_per_month))} decisions a month; this month had ${count(Math.round(Number(arm.break_even!.observed_per_month)))}.`;
}

/** `The fleet can serve a week's traffic for 3,825.78 USD instead of 11,632.57.` */
export function planned(plan: { hours: number; currency: string; cost_now?: { amount: string } | null; cost_planned?: { amount: string } | null }): string {
  const span = plan.hours === 168 ? 'a week’s traffic' : `${plan.hours} hours of traffic`;
  if (!plan.cost_planned) return `No fleet serves ${span} within the limits.`;
  const figure = `${size(plan.cost_planned.amount)}\u00a0${plan.currency}`;
  if (!plan.cost_now) return `The fleet can serve ${span} for ${figure}.`;
  const less = compare(decimal(plan.cost_planned.amount), decimal(plan.cost_now.amount)) < 0;
  return `The fleet can serve ${span} for ${figure}${less ? ` instead of ${size(plan.cost_now.amount)}` : '; what runs now is as cheap'}.`;
}

/** `A million tokens cost 1.15 USD in May; by their use alone they would be 0.69.` */
export function tokens(period: string, currency: string, blended: string | null | undefined, used: string | null | undefined): string {
  if (!blended) return `${monthName(period)} has no tokens that cost anything.`;
  const other = used && compare(rounded(decimal(used), 2), rounded(decimal(blended), 2)) !== 0 ? `; the use alone is worth ${size(used)}` : '';
  return `A million tokens cost ${size(blended)}\u00a0${currency} in ${monthName(period)}${other}.`;
}

/** `All 12 sources are here for May.` */
export function sourcesState(period: string, sources: number, failures: number): string {
  if (failures > 0) return `${many(failures, 'source')} could not be read.`;
  return `${many(sources, 'source')} ${sources === 1 ? 'has' : 'have'} delivered for ${monthName(period)}.`;
}

/** `10 models are in use; 3 of them decide.` */
export function portfolio(models: number, deciding: number): string {
  if (models === 0) return 'No model is in use.';
  return `${many(models, 'model')} ${models === 1 ? 'is' : 'are'} in use; ${deciding === 0 ? 'none decides' : `${count(deciding)} ${deciding === 1 ? 'makes' : 'make'} decisions`}.`;
}

/** `2 of 7 budgets are exceeded in May; 1 more is expected to be.` */
export function budgets(period: string, units: number, exceeded: number, expected: number): string {
  const name = monthName(period);
  if (units === 0) return `No unit has a budget for ${name}.`;
  const more = expected === 0 ? '' : exceeded === 0 ? `; ${count(expected)} ${expected === 1 ? 'is' : 'are'} expected to be exceeded` : `; ${count(expected)} more ${expected === 1 ? 'is' : 'are'} expected to be`;
  if (exceeded === 0) return `${units === 1 ? 'The budget of one unit holds' : `All ${count(units)} budgets hold`} in ${name}${more}.`;
  return `${count(exceeded)} of ${many(units, 'budget')} ${exceeded === 1 ? 'is' : 'are'} exceeded in ${name}${more}.`;
}

/** `95.6 % of May’s cost belongs to a unit, by 14 rules.` */
export function covered(period: string, tenths: number | null | undefined, rules: number): string {
  const name = monthName(period);
  if (tenths === null || tenths === undefined) return `${name} has no charges that rules could give to anybody.`;
  return `${percent(tenths)} of ${name}’s cost belongs to a unit, by ${many(rules, 'rule')}.`;
}

/** `2 times something cost what was not to be expected in May.` */
export function unusual(period: string, anomalies: number, judged: number): string {
  const name = monthName(period);
  if (judged === 0) return `There is too little history to say what is unusual in ${name}.`;
  if (anomalies === 0) return `Nothing stood out in ${name}.`;
  return `${many(anomalies, 'time')} something cost what was not to be expected in ${name}.`;
}

/** `The record of 27 changes is as it was written.` */
export function record(entries: number, problems: number): string {
  if (problems > 0) return `The record of changes is not as it was written: ${many(problems, 'problem')}.`;
  if (entries === 0) return 'Nothing was changed yet.';
  return `The record of ${many(entries, 'change')} is as it was written.`;
}

/** `3 people may log in; 2 tokens are good.` */
export function who(people: number, tokens: number): string {
  const services = tokens === 0 ? 'no token is good' : `${many(tokens, 'token')} ${tokens === 1 ? 'is' : 'are'} good`;
  if (people === 0) return tokens === 0 ? 'Nobody has to say who they are yet.' : `Nobody may log in; ${services}.`;
  return `${people === 1 ? 'One person' : `${count(people)} people`} may log in; ${services}.`;
}

/** `2 of 5 recommendations wait for approval; 1 was verified.` */
export function savings(states: string[]): string {
  const of = (...wanted: string[]) => states.filter((state) => wanted.includes(state)).length;
  if (states.length === 0) return 'Nothing is recommended yet.';
  const [waiting, verified, applied] = [of('proposed', 'challenged'), of('verified'), of('applied', 'partly-applied')];
  const rest = verified > 0 ? `${count(verified)} ${verified === 1 ? 'was' : 'were'} verified` : applied > 0 ? `${count(applied)} ${applied === 1 ? 'is' : 'are'} applied and not verified` : 'none was applied';
  const one = states.length === 1 ? 'The one recommendation' : `${count(waiting)} of ${count(states.length)} recommendations`;
  return `${waiting === 0 ? 'No recommendation' : one} ${waiting > 1 ? 'wait' : 'waits'} for approval; ${rest}.`;
}
