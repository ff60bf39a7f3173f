import type { Schemas } from '../api/client';
import { count, listed, many, moment, ratio, size } from './format';
import { KINDS } from './kinds';
import { money, nothing, whole, words, type Row } from './ledger';

export type Standing = Schemas['RecommendationStanding'];
type Step = Schemas['RecommendationStep'];
type Line = Schemas['Recommendation'];

/** What each state is called, and how it is marked. */
const STATES: Record<string, [string, 'better' | 'worse' | 'quiet' | undefined]> = {
  proposed: ['waits for approval', undefined],
  challenged: ['challenged', 'worse'],
  approved: ['approved', 'better'],
  overridden: ['approved in spite of a challenge', 'better'],
  rejected: ['rejected', 'quiet'],
  'partly-applied': ['applied in part', 'better'],
  applied: ['applied', 'better'],
  verified: ['verified', 'better'],
  'rolled-back': ['taken back', 'quiet'],
  expired: ['expired', 'quiet'],
  shadowed: ['in shadow', undefined],
};
export const stands = (state: string): string => (state === 'proposed' ? 'It waits for approval' : `It is ${STATES[state]?.[0] ?? state}`);

/** What can be done next, the likeliest first; `needs` what has to be written. */
export type Act = 'approval' | 'override' | 'answer' | 'challenge' | 'rejection' | 'application' | 'verification' | 'rollback' | 'comments' | 'assignment' | 'shadow' | 'observations' | 'resumption';
const NEXT: Record<string, Act[]> = {
  proposed: ['approval', 'challenge', 'rejection', 'assignment', 'shadow', 'comments'],
  challenged: ['answer', 'override', 'rejection', 'assignment', 'shadow', 'comments'],
  approved: ['application', 'rejection', 'assignment', 'shadow', 'comments'],
  overridden: ['application', 'rejection', 'assignment', 'shadow', 'comments'],
  shadowed: ['observations', 'resumption', 'rejection', 'assignment', 'comments'],
  'partly-applied': ['application', 'rollback', 'assignment', 'comments'],
  applied: ['verification', 'rollback', 'assignment', 'comments'],
  verified: ['rollback', 'assignment', 'comments'],
};
export const nextActs = (standing: Standing): Act[] => {
  const next = NEXT[standing.state] ?? ['comments'];
  return standing.stale.length > 0 ? next.filter((act) => !['approval', 'override', 'application'].includes(act)) : next;
};
export const WORDS: Record<Act, string> = {
  approval: 'Approve',
  override: 'Approve in spite of it',
  answer: 'Answer the challenge',
  challenge: 'Challenge',
  rejection: 'Reject for good',
  application: 'Apply',
  verification: 'Say what it brought',
  rollback: 'Take it back',
  comments: 'Comment',
  assignment: 'Schedule',
  shadow: 'Let it run in shadow',
  observations: 'Put on record what was done',
  resumption: 'Take it out of shadow',
};
/** An approval, an application and figures say enough by themselves. */
export const needsReason = (act: Act): boolean => ['challenge', 'answer', 'override', 'rejection', 'rollback', 'comments'].includes(act);

/** What is asked beside a reason. */
export const hasFields = (act: Act): boolean => ['application', 'assignment', 'shadow', 'observations', 'verification'].includes(act);

/** What an act does, said before it is done. */
const DOES: Record<Act, string> = {
  approval: 'An approval lets the plan be applied, unit by unit, by whoever may. It is bound to this plan and to what it was made from, and nothing outside of Farthing is changed by it.',
  override: 'The challenge stays in the record, and the plan may be applied in spite of it. Not by whoever challenged it.',
  answer: 'An answer lets the plan be approved again; it stands beside the challenge in the record.',
  challenge: 'A challenge takes back every approval until it is answered.',
  rejection: 'A plan that is rejected is over: it cannot be taken up again.',
  application: 'An application marks units as applied and gives the files for whoever carries it out.',
  verification: 'What it brought is set beside what was promised, from bills of later months or from a figure of yours.',
  rollback: 'It gives the files of the plan that was applied before.',
  comments: 'A comment changes nothing but the history.',
  assignment: 'Somebody is to carry it out by a day. Farthing reminds, and passes it on where nobody answers.',
  shadow: 'In shadow nothing of it is applied; what it would have done is held beside what is done.',
  observations: 'What was done goes on record beside what was planned.',
  resumption: 'Out of shadow it is where it was before, and can be decided on.',
};
export const does = (act: Act): string => DOES[act];

/** Whether an act can be taken back, for beside its button. */
export const named = (act: Act): string =>
  act === 'assignment' || act === 'shadow' ? 'It can be taken back for ten seconds, and after that by a step of its own.' : act === 'comments' ? '' : 'It cannot be undone: a later step has to set it right.';

/** The words of a button: an approval names its amount, an application how many units it reaches. */
export function consequence(act: Act, found: Line, units: number): string {
  if ((act === 'approval' || act === 'override') && found.saved) {
    return `${WORDS[act]}: ${size(found.saved.amount)} ${found.span === '168 hours' ? 'a week' : `in ${found.span}`}`;
  }
  return act === 'application' ? `Apply to ${units === 0 ? 'all units' : many(units, 'unit')}` : WORDS[act];
}

/** Who is to deal with it, and whom it goes to next. */
export function withWhom(standing: Standing): string[] {
  const { assignment: given, escalates: next, escalated } = standing;
  const said: string[] = [];
  if (given) said.push(`${given.to} is to deal with it${given.until ? ` until ${moment(given.until)}` : ''}.`);
  const last = escalated.at(-1);
  if (last) said.push(`Nobody answered: on ${moment(last.at)} it went to ${last.to ?? `the role ${last.role}`}.`);
  if (next) said.push(`It goes to ${next.to} on ${moment(next.at)} where nobody answers.`);
  return said;
}

/** `1 of 2 approvals is there; ada or grace may give the other.` */
export function needed(standing: Standing): string {
  const { need, still_needed: missing, may_approve: who } = standing;
  const there = need.approvers - missing;
  if (missing === 0) return `${many(need.approvers, 'approval')} ${need.approvers === 1 ? 'was' : 'were'} asked for, and given.`;
  const by = who.length === 0 ? 'Nobody here may give it: an administrator gives somebody the role of approver' : `${listed(who)} may`;
  return `${count(there)} of ${many(need.approvers, 'approval')} is there. ${by}.`;
}

/** What was done, in order; reasons under it. */
export const history = (steps: Step[]): { what: string; why: string }[] =>
  steps.map((step) => ({ what: `${step.by} ${DONE[step.action] ?? step.action}, ${moment(step.at)}`, why: [brought(step), step.reason].filter(Boolean).join(' ') }));

const DONE: Record<string, string> = { propose: 'proposed it', comment: 'commented', challenge: 'challenged it', answer: 'answered', approve: 'approved it', override: 'approved it in spite of the challenge', reject: 'rejected it', apply: 'applied it', verify: 'verified it', rollback: 'took it back', assign: 'gave it', escalate: 'passed it on', expire: 'found it expired', shadow: 'put it in shadow', observe: 'put on record what was done', resume: 'took it out of shadow' };

function brought(step: Step): string {
  const { units, realised, assignee, role, until, agreement } = step.details;
  if (agreement) return agreed(agreement);
  if (step.action === 'assign' || step.action === 'escalate') {
    const to = assignee ?? (role ? `the role ${role}` : 'nobody any more');
    return `To ${to}${until ? `, until ${moment(until)}` : ''}.`;
  }
  if (realised) return `${size(realised.saved.amount)} ${realised.saved.currency} a month${between(realised)}, ${realised.compared}.`;
  return units && units.length > 0 ? `${step.action === 'apply' ? 'To' : 'For'} ${listed(units)}.` : '';
}

type Agreement = Schemas['ShadowAgreement'];

/** `84.5 % as planned, 71 of 84 hours.` */
export function agreed(found: Agreement): string {
  if (!found.share || !found.of || !found.agreed) return found.basis === 'nothing' ? 'Nothing can be told.' : 'How far it was as planned is not known.';
  return `${ratio(found.share, 2)} as planned, ${size(found.agreed)} of ${size(found.of)} ${found.counted}.`;
}

/** What was planned in shadow beside what was done, each thing by itself. */
export const shadowRows = (found: Agreement): Row[] =>
  (found.lines ?? []).map((line) => ({ cells: [words(line.name), whole(line.compared), whole(line.same), money(line.done), money(line.planned), money(line.agreed)] }));

/** What each costs in the time that was compared. */
export const shadowCosts = (found: Agreement): Row[] =>
  found.cost_done ? [{ kind: 'total', cells: [words('In the time compared'), money(found.cost_done.amount), money(found.cost_planned?.amount), money(found.difference?.amount)] }] : [];

/** What was put on record. */
export const observationRows = (recorded: Schemas['ShadowObservation'][]): Row[] =>
  recorded.map((one) => ({ cells: [words(moment(one.at)), words(one.by), words(one.agreement.basis), words(agreed(one.agreement)), money(one.agreement.cost_done?.amount), money(one.agreement.cost_planned?.amount)] }));

/** `, between 980.00 and 1,420.00 (95 %)`, where bills of enough days say so. */
const between = ({ low, high }: Schemas['RealisedSaving']): string => (low && high ? `, between ${size(low.amount)} and ${size(high.amount)} (95 %)` : '');

/** What the last verification says. */
export const realisedOf = (standing: Standing | undefined): Schemas['RealisedSaving'] | undefined => standing?.steps.map((step) => step.details.realised).findLast(Boolean) ?? undefined;


/** Who is to deal with it: a person before a role. */
const holder = (line: Line): string | undefined => {
  const to = line.assignment?.to ?? line.escalated?.to ?? line.escalated?.role;
  return to ? `with ${to}` : undefined;
};

/** Recommendations: what they promise, where they stand, what they brought. */
export const savingRows = (lines: Line[], standings: Map<string, Standing>, open: (id: string) => string, chosen: string | null): Row[] =>
  lines.map((one) => {
    const brought = realisedOf(standings.get(one.id));
    const [state, tone] = STATES[one.state] ?? [one.state, undefined];
    return {
      kind: tone === 'quiet' ? 'soft' : undefined,
      here: one.id === chosen,
      cells: [
        words(KINDS[one.kind] ?? one.kind, { href: open(one.id), open: one.id === chosen, note: moment(one.created_at) }),
        words(state, { tone, note: holder(one) }),
        money(one.cost_now?.amount),
        money(one.cost_planned?.amount),
        money(one.saved?.amount, one.saved ? { note: 'est.' } : {}),
        words(one.span),
        brought ? money(brought.saved.amount) : nothing,
        brought?.low && brought.high ? words(`${size(brought.low.amount)} to ${size(brought.high.amount)}`) : nothing,
        brought?.promised ? money(brought.promised.amount) : nothing,
      ],
    };
  });
