import type { Schemas } from '../api/client';
import { many, moment } from './format';
import { nothing, words, type Row } from './ledger';

type Review = Schemas['PortfolioReviewReport'];

/** What can be decided of a model. */
export const DECISIONS: Record<string, string> = { keep: 'Keep', retrain: 'Retrain', repurpose: 'Repurpose', retire: 'Retire' };

/** The quarter of a month: `2026-Q2` of `2026-05`. */
export const quarterOf = (period: string): string => `${period.slice(0, 4)}-Q${Math.ceil(Number(period.slice(5, 7)) / 3)}`;
export const quarterName = (quarter: string): string => `${quarter.slice(5)} ${quarter.slice(0, 4)}`;

/** `3 of 9 models are decided on.` */
export function decided(review: Review): string {
  const done = review.models.filter((one) => one.decision).length;
  if (review.models.length === 0) return 'There is no model to decide on.';
  return done === review.models.length ? `All ${many(done, 'model')} are decided on.` : `${done} of ${many(review.models.length, 'model')} ${done === 1 ? 'is' : 'are'} decided on.`;
}

/** What was decided of each model, by whom and why; each name chooses it. */
export const reviewRows = (review: Review, open: (model: string) => string, chosen: string | null): Row[] =>
  review.models.map((one) => ({
    here: one.model === chosen,
    cells: [
      words(one.model, { href: open(one.model), open: one.model === chosen }),
      one.decision ? words(DECISIONS[one.decision] ?? one.decision, { tone: one.decision === 'retire' ? 'worse' : one.decision === 'keep' ? 'better' : undefined, note: one.decided_before > 0 ? `${many(one.decided_before, 'decision')} before` : undefined }) : nothing,
      one.decided_by ? words(one.decided_by) : nothing,
      one.decided_at ? words(moment(one.decided_at)) : nothing,
      words(one.reason ?? '–'),
    ],
  }));
