import type { Curve } from '../charts/curve';
import type { Schemas } from '../api/client';
import { measure, ratio } from './format';
import { money, nothing, words, type Cell, type Row } from './ledger';
import type { Plan } from './plans';

type Explanation = Schemas['FleetExplanation'];

/** What was found out about other choices than the plan's; none where it was not asked for. */
export const explanationOf = (plan: Plan): Explanation | undefined => plan.plan.explanation ?? undefined;

/** The solver's figures are doubles: they are shown as such, and the amounts of the plan itself are exact. */
const found = (value: number | null | undefined): Cell => (value === null || value === undefined ? nothing : money(value.toFixed(2)));
const share = (value: number | null | undefined): Cell => (value === null || value === undefined ? nothing : words(ratio(value, 2)));
const times = (factor: number): Cell => words(ratio(factor, 0));

export interface Limit {
  name: string;
  curve: Curve;
  rows: Row[];
}

/** The cost of each limit by how tight it is: promised latencies, demand, quotas. */
export function limits(plan: Plan): Limit[] {
  const points = (name: string, all: { factor: number; cost: number | null; gap: number | null; why?: string }[]): Limit => ({
    name,
    curve: { of: name, factors: all.map((point) => point.factor), costs: all.map((point) => point.cost) },
    rows: all.map((point) => ({ here: point.factor === 1, cells: [times(point.factor), point.cost === null ? words(point.why ?? 'no plan') : found(point.cost), share(point.gap)] })),
  });
  const own = { factor: 1, cost: plan.objective ? Number(plan.objective.amount) : null, gap: plan.gap ?? null };
  const promises = (plan.promise_curve ?? []).map((point) => ({ factor: point.factor, cost: point.cost ? Number(point.cost.amount) : null, gap: point.gap ?? null, why: point.reason ?? undefined }));
  const of = (all: Schemas['FleetCostPoint'][]) => all.map((point) => ({ factor: point.factor, cost: point.cost ?? null, gap: point.gap ?? null, why: point.infeasible?.[0] }));
  const explanation = explanationOf(plan);
  const named: [string, typeof promises][] = [
    ['Promised latency', promises],
    ['Demand', explanation ? of(explanation.demand_curve) : []],
    ['Quotas', explanation ? of(explanation.quota_curve) : []],
  ];
  const whole = (all: typeof promises) => (all.some((point) => point.factor === 1) ? all : [...all, { ...own, why: undefined }]).sort((a, b) => a.factor - b.factor);
  return named.filter(([, all]) => all.length > 0).map(([name, all]) => points(name, whole(all)));
}

/** The best plans without something that this one chose, and why they were not chosen. */
export const alternativeRows = (explanation: Explanation): Row[] =>
  explanation.alternatives.map((other) => ({ cells: [words(other.without), found(other.cost), found(other.difference), words(other.why_not)] }));

/** From where to where each choice stands. */
export function standingRows(explanation: Explanation): Row[] {
  const end = (value: number, open: boolean, sign: string) => words(`${open ? `${sign} ` : ''}${ratio(value, 0)}`);
  return explanation.stands.map((one) => ({ cells: [words(one.choice), words(one.of), end(one.from, one.open_below, '≤'), end(one.to, one.open_above, '≥')] }));
}

/** What one more of each limit is worth, in words; the dearest first. */
export function prices(explanation: Explanation, currency: string): string {
  const [quota] = explanation.binding.quotas;
  const [hour] = explanation.binding.hours;
  const more = quota ? `One more ${quota.type}, allowed at all hours, would save ${measure(quota.price, 2)} ${currency}.` : 'No quota has a price: more of any machine would save nothing.';
  return hour ? `${more} One per cent more demand costs most in hour ${hour.hour}: ${measure(hour.price, 2)} ${currency}.` : more;
}
