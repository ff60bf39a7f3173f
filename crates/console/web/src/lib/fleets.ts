import type { Schemas } from '../api/client';
import { decimal, isZero, minus, plain } from './decimal';
import { count, size } from './format';
import { money, nothing, whole, words, type Cell, type Row } from './ledger';
import type { Plan } from './plans';

type Workload = Plan['workloads'][number];

/** How a commitment is called, and what of it is bought. */
function bought(one: Schemas['Commitment']): [string, string] {
  if ('hourly' in one) return ['Commitment to spend', `${size(one.hourly.amount)} an hour`];
  const { type, count: machines } = one as unknown as { type?: string; count?: number };
  return [`Commitment, ${type ?? 'machines'}`, machines === undefined ? 'bought' : count(machines)];
}

/** The machines of a workload in a week of the plan, with how many there are at the same time. */
const mix = (one: Workload): string => {
  const used = one.types.filter((type) => type.replica_hours > 0).map((type) => type.type).join(', ');
  return one.min_replicas === one.max_replicas ? `${count(one.max_replicas)} × ${used}` : `${count(one.min_replicas)} to ${count(one.max_replicas)} by the hour: ${used}`;
};

/** What is set otherwise by the plan than it is today. */
export function changeRows(plan: Plan): Row[] {
  const today = (one: Workload) => one.today.map((now) => `${count(now.replicas)} × ${now.type}`).join(', ');
  const committed = plan.commitments.map(bought);
  return [
    ...plan.workloads.map((one): Row => ({ cells: [words(`Schedule, ${one.workload}`), today(one) ? words(today(one)) : nothing, words(mix(one))] })),
    ...committed.map(([name, what]): Row => ({ cells: [words(name), nothing, words(what)] })),
  ];
}

/** How much of what its promise allows each workload uses, hour by hour: 1 is the limit. */
export const uses = (plan: Plan): { name: string; hours: (number | null)[] }[] =>
  plan.workloads.map((one) => ({
    name: one.workload,
    hours: one.demand.map((demand, hour) => {
      const capacity = one.types.reduce((sum, type) => sum + Number(type.capacity) * (type.replicas[hour] ?? 0), 0);
      return capacity > 0 ? demand / capacity : null;
    }),
  }));

const changed = (now: Cell, before: Cell): boolean => now.plain !== before.plain;
const less = (now: string | null | undefined, before: string | null | undefined): Cell =>
  now && before ? money(plain(minus(decimal(now), decimal(before)))) : nothing;
const fewer = (now: number, before: number): Cell => money(String(now - before), { places: 0 });
const line = (name: string, before: Cell, now: Cell, change: Cell = nothing): Row => ({ kind: 'in', cells: [words(name), before, now, change] });
const heading = (name: string): Row => ({ kind: 'group', cells: [words(name)] });

/** Two plans beside each other: only what is not the same in both. */
export function planDiff(one: Plan, other: Plan): Row[] {
  const amounts: [string, (plan: Plan) => string | undefined][] = [
    ['Cost now', (plan) => plan.cost_now?.amount],
    ['Commitments for machines', (plan) => plan.purchase?.commitments.amount],
    ['Commitments to spend', (plan) => plan.purchase?.spend.amount],
    ['On demand', (plan) => plan.purchase?.on_demand.amount],
    ['Cost planned', (plan) => plan.cost_planned?.amount],
    ['Saving', (plan) => plan.saved?.amount],
  ];
  const cost = amounts.map(([name, of]) => line(name, money(of(other)), money(of(one)), less(of(one), of(other))));
  const types = [...new Set([...one.types, ...other.types].map((type) => type.type))];
  const of = (plan: Plan, name: string) => plan.types.find((type) => type.type === name);
  const machines = types.flatMap((name) => {
    const [now, before] = [of(one, name), of(other, name)];
    const hours = line(`${name}, hours`, whole(before?.used_hours), whole(now?.used_hours), fewer(now?.used_hours ?? 0, before?.used_hours ?? 0));
    const peak = line(`${name}, at peak`, whole(before?.peak), whole(now?.peak), fewer(now?.peak ?? 0, before?.peak ?? 0));
    return [hours, peak];
  });
  const named = (plan: Plan, name: string) => plan.workloads.find((workload) => workload.workload === name);
  const workloads = [...new Set([...one.workloads, ...other.workloads].map((workload) => workload.workload))].flatMap((name) => {
    const [now, before] = [named(one, name), named(other, name)];
    const hours = (workload: Workload | undefined) => workload?.types.reduce((sum, type) => sum + type.replica_hours, 0);
    const settings = (workload: Workload | undefined) => (workload ? words(mix(workload)) : nothing);
    return [
      line(`${name}, replicas`, settings(before), settings(now)),
      line(`${name}, replica hours`, whole(hours(before)), whole(hours(now)), fewer(hours(now) ?? 0, hours(before) ?? 0)),
      line(`${name}, busiest hour, requests a second`, before ? words(before.peak_demand.toFixed(2)) : nothing, now ? words(now.peak_demand.toFixed(2)) : nothing),
    ];
  });
  const differs = (row: Row) => changed(row.cells[2]!, row.cells[1]!);
  const groups: [string, Row[]][] = [['Cost', cost], ['Machines', machines], ['Workloads', workloads]];
  return groups.map(([name, rows]): [string, Row[]] => [name, rows.filter(differs)]).filter(([, rows]) => rows.length > 0).flatMap(([name, rows]) => [heading(name), ...rows]);
}

/** What two plans differ by, in one sentence. */
export function differs(one: Plan, other: Plan, rows: Row[]): string {
  if (rows.length === 0) return 'The two plans are the same in cost, machines and workloads.';
  const [now, before] = [one.cost_planned, other.cost_planned];
  if (!now || !before) return 'One of the two has no plan that holds.';
  const change = minus(decimal(now.amount), decimal(before.amount));
  if (isZero(change)) return 'Both cost the same.';
  return `This plan costs ${size(plain(change))} ${now.currency} ${change.units > 0n ? 'more' : 'less'} than the other.`;
}
