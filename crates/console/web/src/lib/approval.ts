import type { Schemas } from '../api/client';
import { count, listed, many, moment, size } from './format';
import { money, nothing, words, type Row } from './ledger';

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
};
export const stands = (state: string): string => (state === 'proposed' ? 'It waits for approval' : `It is ${STATES[state]?.[0] ?? state}`);

/** What can be done next, the likeliest first; `needs` what has to be written. */
export type Act = 'approval' | 'override' | 'answer' | 'challenge' | 'rejection' | 'application' | 'verification' | 'rollback' | 'comments';
const NEXT: Record<string, Act[]> = {
  proposed: ['approval', 'challenge', 'rejection', 'comments'],
  challenged: ['answer', 'override', 'rejection', 'comments'],
  approved: ['application', 'rejection', 'comments'],
  overridden: ['application', 'rejection', 'comments'],
  'partly-applied': ['application', 'rollback', 'comments'],
  applied: ['verification', 'rollback', 'comments'],
  verified: ['rollback', 'comments'],
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
};
/** An approval, an application and a verification say enough by themselves. */
export const needsReason = (act: Act): boolean => !['approval', 'application', 'verification'].includes(act);

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

const DONE: Record<string, string> = { propose: 'proposed it', comment: 'commented', challenge: 'challenged it', answer: 'answered', approve: 'approved it', override: 'approved it in spite of the challenge', reject: 'rejected it', apply: 'applied it', verify: 'verified it', rollback: 'took it back' };

function brought(step: Step): string {
  const { units, realised } = step.details;
  if (realised) return `${size(realised.saved.amount)} ${realised.saved.currency} a month, ${realised.compared}.`;
  return units && units.length > 0 ? `To ${listed(units)}.` : '';
}

/** What the last verification says. */
export const realisedOf = (standing: Standing | undefined): Schemas['RealisedSaving'] | undefined => standing?.steps.map((step) => step.details.realised).findLast(Boolean) ?? undefined;

export const KINDS: Record<string, string> = { fleet: 'Fleet', commitments: 'Commitments', contracts: 'Contracts', storage: 'Storage tiers', routing: 'Routing', portfolio: 'Portfolio', all: 'Plan of plans' };

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
        words(state, { tone }),
        money(one.cost_now?.amount),
        money(one.cost_planned?.amount),
        money(one.saved?.amount, one.saved ? { note: 'est.' } : {}),
        words(one.span),
        brought ? money(brought.saved.amount) : nothing,
        brought?.promised ? money(brought.promised.amount) : nothing,
      ],
    };
  });
