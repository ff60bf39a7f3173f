import type { Schemas } from '../api/client';
import type { Estimate } from '../charts/intervals';
import type { Swing } from '../charts/tornado';
import { drawn } from './decimal';
import { count, measure, prose, ratio } from './format';
import { money, nothing, parts, part, whole, words, type Cell, type Column, type Row } from './ledger';

export type UnitCost = Schemas['UnitCost'];
export type Arm = Schemas['CostPerDecision'];

const ACTORS: Record<string, string> = { ai: 'AI', person: 'Person', ai_then_person: 'AI, then a person', rule: 'Rule' };
export const actor = (arm: { actor: string }): string => ACTORS[arm.actor] ?? arm.actor.replaceAll('_', ' ');
const by = (arm: Arm): Estimate['by'] => (arm.actor === 'ai' ? 'ai' : arm.actor === 'person' ? 'person' : 'both');

/** An arm by its actor, and its model where two of them share the actor. */
export function armName(arm: Arm, all: Arm[]): string {
  const alike = all.filter((other) => other.actor === arm.actor).length > 1;
  return alike && arm.model ? `${actor(arm)}, ${arm.model}` : actor(arm);
}

/** `claims-triage` as `claims triage`. */
export const workflowName = (workflow: string): string => workflow.replaceAll(/[-_]/g, ' ');

export function estimates(of: UnitCost): Estimate[] {
  return of.arms.map((arm) => ({
    name: armName(arm, of.arms),
    value: drawn(arm.per_decision),
    low: arm.interval ? drawn(arm.interval.low) : null,
    high: arm.interval ? drawn(arm.interval.high) : null,
    text: arm.interval ? `${prose(arm.per_decision, 4)}   ${prose(arm.interval.low, 2)} to ${prose(arm.interval.high, 2)}` : prose(arm.per_decision, 4),
    by: by(arm),
  }));
}

const KINDS: Record<string, string> = {
  inference: 'Inference and serving',
  platform: 'Shared platform',
  training: 'Training',
  pipelines: 'Data pipelines',
  storage: 'Storage',
  monitoring: 'Monitoring',
  evaluation: 'Evaluation',
  licence: 'Licences',
  handling: 'Handling by a person',
  review: 'Review of the AI’s decisions',
  errors: 'Correcting errors',
  people: 'People who run it',
  other: 'Other',
};
const kindName = (kind: string) => KINDS[kind] ?? kind.replaceAll('_', ' ');

/** The parts of every arm: a month and a decision, both adding up as shown. */
export function costTable(of: UnitCost): { columns: Column[]; rows: Row[] } {
  const keyOf = (one: { name: string; kind: string; fixed: boolean }) => JSON.stringify([one.kind, one.name, one.fixed]);
  const lines = new Map<string, { name: string; kind: string; fixed: boolean }>();
  for (const arm of of.arms) for (const one of arm.parts) lines.set(keyOf(one), one);
  const order = Object.keys(KINDS);
  const sorted = [...lines.entries()].sort(([, a], [, b]) => order.indexOf(a.kind) - order.indexOf(b.kind));
  const shown = of.arms.map((arm) => {
    const month = parts(arm.parts.map((one) => one.amount), arm.total);
    const each = parts(arm.parts.map((one) => one.per_decision), arm.per_decision, 4);
    return new Map(arm.parts.map((one, index) => [keyOf(one), [part(month[index]!, one.amount), part(each[index]!, one.per_decision)] as [Cell, Cell]]));
  });
  const rows: Row[] = [];
  let kind = '';
  for (const [key, line] of sorted) {
    if (line.kind !== kind) {
      kind = line.kind;
      rows.push({ kind: 'group', cells: [words(kindName(kind))] });
    }
    rows.push({ kind: 'in', cells: [words(line.name[0]!.toUpperCase() + line.name.slice(1), { note: line.fixed ? 'at any volume' : undefined }), ...shown.flatMap((arm) => arm.get(key) ?? [nothing, nothing])] });
  }
  return {
    columns: [{ label: '', spoken: 'Line' }, ...of.arms.flatMap((arm): Column[] => [{ label: `${armName(arm, of.arms)}, month`, optional: true }, { label: `${armName(arm, of.arms)}, each` }])],
    rows: [
      ...rows,
      { kind: 'total', cells: [words('Cost'), ...of.arms.flatMap((arm) => [money(arm.total), money(arm.per_decision, { places: 4 })])] },
      { kind: 'soft', cells: [words('Decisions'), ...of.arms.flatMap((arm) => [whole(arm.decisions), words('')])] },
    ],
  };
}

/** How well each arm decided. */
export function qualityRows(of: UnitCost): Row[] {
  const rate = (part: number, of: number): Cell => (of === 0 ? nothing : words(ratio(part / of, 2)));
  return [
    { cells: [words('Wrong'), ...of.arms.map((arm) => rate(arm.outcomes.wrong, arm.decisions))] },
    { cells: [words('Overridden'), ...of.arms.map((arm) => rate(arm.outcomes.overridden, arm.decisions))] },
    { cells: [words('Handed on'), ...of.arms.map((arm) => rate(arm.outcomes.escalated, arm.decisions))] },
  ];
}

/** The inputs that move the answer most, with the values tried. */
export function swings(of: Schemas['Sensitivity'], most = 8): Swing[] {
  const tried = (value: string, unit: string) => (/share/.test(unit) ? ratio(value, 2) : /decisions/.test(unit) && !/per/.test(unit) ? count(BigInt(Math.round(drawn(value)))) : measure(drawn(value), drawn(value) >= 10 ? 1 : 3));
  return of.inputs.slice(0, most).map((input) => ({
    name: input.input[0]!.toUpperCase() + input.input.slice(1),
    atLow: drawn(input.saving_at_low),
    atHigh: drawn(input.saving_at_high),
    low: tried(input.low, input.unit),
    high: tried(input.high, input.unit),
  }));
}
