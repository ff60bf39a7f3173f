import type { Schemas } from '../api/client';
import type { Stack } from '../charts/replicas';
import { count, measure, ratio } from './format';
import { money, nothing, parts, part, whole, words, type Row } from './ledger';

export type Plan = Schemas['FleetPlan'];

/** What the plan pays, by how it is bought, beside what is paid today. */
export function costRows(plan: Plan): Row[] {
  const { purchase, cost_planned: planned, cost_now: now, saved } = plan;
  if (!purchase || !planned) return [];
  const lines: [string, string][] = [
    ['Commitments for machines', purchase.commitments.amount],
    ['Commitments to spend', purchase.spend.amount],
    ['On demand', purchase.on_demand.amount],
    ['Limits that are overstepped', purchase.penalties.amount],
  ];
  const paid = lines.filter(([name, amount]) => name !== 'Limits that are overstepped' || !/^-?0*\.?0*$/.test(amount));
  const shown = parts(paid.map(([, amount]) => amount), planned.amount);
  return [
    ...paid.map(([name, amount], index): Row => ({ cells: [words(name), nothing, part(shown[index]!, amount), nothing] })),
    { kind: 'total', cells: [words(plan.hours === 168 ? 'A week' : `${plan.hours} hours`), money(now?.amount), money(planned.amount), money(saved?.amount)] },
  ];
}

/** Replicas of all workloads by type of machine, hour by hour; the largest first. */
export function stacks(plan: Plan, workload: string | null): Stack[] {
  const chosen = plan.workloads.filter((one) => workload === null || one.workload === workload);
  const types = [...new Set(chosen.flatMap((one) => one.types.map((type) => type.type)))];
  const of = types.map((name) => ({
    name,
    hours: Array.from({ length: plan.hours }, (_, hour) => chosen.flatMap((one) => one.types).filter((type) => type.type === name).reduce((sum, type) => sum + (type.replicas[hour] ?? 0), 0)),
  }));
  const all = (stack: Stack) => stack.hours.reduce((sum, one) => sum + one, 0);
  return of.filter((stack) => all(stack) > 0).sort((a, b) => all(b) - all(a));
}

/** Replicas that run today, whatever the hour. */
export const today = (plan: Plan, workload: string | null): number =>
  plan.workloads.filter((one) => workload === null || one.workload === workload).flatMap((one) => one.today).reduce((sum, one) => sum + one.replicas, 0);

const fleet = (types: { type: string; replicas: number }[]): string => types.map((one) => `${one.replicas} × ${one.type}`).join(', ') || '–';

/** What every workload runs on, now and planned. */
export const workloadRows = (plan: Plan, open: (workload: string) => string): Row[] =>
  plan.workloads.map((one) => ({
    cells: [
      words(one.workload, { href: open(one.workload), note: one.model }),
      words(fleet(one.today)),
      words(one.types.filter((type) => type.replica_hours > 0).map((type) => type.type).join(', ')),
      words(`${one.min_replicas} to ${one.max_replicas}`),
      words(ratio(one.peak_utilisation)),
      money(one.on_demand_value.amount),
    ],
  }));

/** Whether each workload keeps its promise when the plan is replayed request by request. */
export function replayRows(plan: Plan): Row[] {
  return (plan.replay?.workloads ?? []).map((one) => {
    const promise = plan.workloads.find((other) => other.workload === one.workload)?.slo;
    const worst = one.time_to_first_token_ms;
    return {
      cells: [
        words(one.workload),
        whole(one.requests),
        promise?.time_to_first_token_ms ? words(measure(promise.time_to_first_token_ms, 0)) : nothing,
        worst ? words(measure(worst.p95, 0)) : nothing,
        words(ratio(1 - one.late_share, 3)),
        one.missed_hours === 0 ? words('✓ holds', { tone: 'better', plain: 'yes' }) : words('✕ misses it', { tone: 'worse', plain: 'no', note: `in ${count(one.missed_hours)} h` }),
      ],
    };
  });
}

/** How far each type of machine is used, against what may be had of it. */
export const bindRows = (plan: Plan): Row[] =>
  plan.types.map((one) => ({
    cells: [words(one.type), whole(one.peak), one.quota === null || one.quota === undefined ? nothing : whole(one.quota), whole(one.used_hours), money(one.planned_hours, { places: 0 }), money(one.on_demand_hours, { places: 0 })],
  }));

/** What holds the plan back, in words; the largest use of a quota first. */
export function binding(plan: Plan): string {
  const tight = plan.types.filter((one) => one.quota !== null && one.quota !== undefined && one.peak >= one.quota).map((one) => one.type);
  const full = plan.workloads.filter((one) => one.peak_utilisation > 0.99).map((one) => one.workload);
  const machines = tight.length > 0 ? `The quota of ${tight.join(', ')} is used up at its peak.` : 'No quota binds: more machines could be had of every type.';
  const busy = full.length > 0 ? ` ${full.join(', ')}: at the busiest hour hardly anything of what the promise allows is left.` : '';
  return machines + busy;
}

/** What the replay takes for granted of machines, in words. */
export function promisedIn(plan: Plan): string {
  if (!plan.replay) return '';
  const { cold_start_seconds: start, lead_seconds: lead } = plan.replay.conditions;
  return `Replayed request by request with the seed ${plan.replay.seed}: a machine starts in ${count(start ?? 0)} s and is asked for ${count(lead ?? 0)} s ahead.`;
}

/** `saved ÷ now` as it was handed in, for words. */
export const savedShare = (plan: Plan): string => (plan.saved_share === null || plan.saved_share === undefined ? '' : ratio(plan.saved_share));

/** Whether the plan may still be acted on. */
export const expired = (kept: { expires_at: string }, now: Date): boolean => new Date(kept.expires_at) < now;

/** The distance of the plan from the best that is possible, exactly as the solver proved it. */
export const proofOf = (plan: Plan): [string, string][] => [
  ['Status', plan.status],
  ['Lower bound', plan.bound === null || plan.bound === undefined ? '–' : measure(plan.bound, 2)],
  ['Gap', plan.gap === null || plan.gap === undefined ? '–' : ratio(plan.gap, 2)],
  ['Solved in', `${measure(plan.seconds, 1)} s`],
  ['Machines considered', count(plan.types.length)],
];
