import type { Schemas } from '../api/client';
import { compare, decimal, drawn, isNegative, isZero, minus, plain, roundedToSum, shareTenths, shownSum, type Decimal } from './decimal';
import { many, moment, percent, size } from './format';
import { KINDS } from './kinds';
import { change, money, nothing, part, parts, share, words, type Row } from './ledger';

type Statement = Schemas['Statement'];
type Cost = Schemas['Cost'];

/** The column of each kind of cost. */
export const COLUMN: Record<Cost, string> = { effective: 'EffectiveCost', billed: 'BilledCost', contracted: 'ContractedCost', list: 'ListCost' };

export interface Day {
  day: string;
  cost: string;
  charges: number;
}

export const dailyQuery = (cost: Cost): string =>
  `SELECT CAST(ChargeDay AS VARCHAR) AS day, SUM(${COLUMN[cost]}) AS cost, SUM(Charges) AS charges
   FROM focus_daily WHERE BillingCurrency = ? GROUP BY ChargeDay ORDER BY ChargeDay`;

export interface Kind {
  kind: string | null;
  cost: string;
}

export const kindsQuery = (cost: Cost): string =>
  `SELECT ServiceCategory AS kind, SUM(${COLUMN[cost]}) AS cost FROM focus_daily WHERE BillingCurrency = ?
   GROUP BY ServiceCategory ORDER BY cost DESC`;

/** Something that stands between this month and its close, or money that waits. */
export interface Need {
  what: string;
  amount: string;
  why: string;
  go: string;
  path: string;
  query: Record<string, string>;
}

/** What needs a person: plans that wait, charges without a unit, units that cost a tenth more, sources that failed. */
export function needs(statement: Statement, plans: Schemas['Recommendation'][], status: Schemas['SourcesStatus'], names: Map<string, string>): Need[] {
  const list: Need[] = [];
  const waiting = plans.filter((one) => ['proposed', 'challenged'].includes(one.state) && !one.is_expired && one.saved && compare(decimal(one.saved.amount), decimal('0')) > 0);
  // Of plans of one kind the newest is the one to decide on.
  const newest = waiting.filter((one, at) => waiting.findIndex((other) => other.kind === one.kind) === at);
  for (const one of newest.slice(0, 2)) {
    const name = (KINDS[one.kind] ?? one.kind).toLowerCase();
    list.push({
      what: one.state === 'challenged' ? `Answer for the ${name} plan` : `Decide on the ${name} plan`,
      amount: `${size(one.saved!.amount)} ${one.saved!.currency} ${one.span === '168 hours' ? 'a week' : `in ${one.span}`}`,
      why: `${one.kind !== 'fleet' ? '' : one.is_recommended ? 'Replayed request by request, every workload keeps its promise. ' : 'The replay misses a promise. '}It is to be made again from ${moment(one.expires_at)}.`,
      go: 'Read the plan',
      path: one.kind === 'fleet' ? `/plans/${one.id}` : `/savings/${one.id}`,
      query: {},
    });
  }
  for (const one of [...statement.unattributed].sort((a, b) => drawn(b.amount) - drawn(a.amount)).filter((one) => !isNegative(decimal(one.amount))).slice(0, 2)) {
    list.push({
      what: `Give ${many(one.charges, 'charge')} an owner`,
      amount: `${size(one.amount)} ${statement.currency}`,
      why: `Unattributed: ${one.description}.`,
      go: 'See the charges',
      path: '/explorer',
      query: { rows: 'ServiceName', where: `Reason=${one.reason}` },
    });
  }
  for (const unit of statement.units.filter((one) => (one.previous?.change_tenths ?? 0) >= 100)) {
    list.push({
      what: `Explain why ${names.get(unit.unit) ?? unit.unit} costs ${percent(unit.previous!.change_tenths!)} more`,
      amount: `${size(unit.rolled_up.total)} ${statement.currency}`,
      why: 'An increase of 10 % or more asks for a reason before the month is closed.',
      go: 'Read the statement',
      path: `/units/${encodeURIComponent(unit.unit)}`,
      query: {},
    });
  }
  for (const failure of status.failures) {
    list.push({ what: 'Mend a source', amount: '', why: failure, go: 'See the sources', path: '/sources', query: {} });
  }
  return list;
}

interface Figures {
  direct: Decimal;
  shared: Decimal;
}

/**
 * What each unit is charged itself, and each reason, as it is shown: direct and shared money are rounded each to its own total, as on the
 * command line, so that rows and columns add up in view.
 */
function own(found: Statement): { units: Figures[]; reasons: Decimal[] } {
  const exact = (amounts: string[]) => {
    const parts = amounts.map(decimal);
    const scale = Math.max(0, ...parts.map((one) => one.scale));
    return roundedToSum(parts, shownSum(parts, scale), 2);
  };
  const direct = exact([...found.units.map((unit) => unit.direct), ...found.unattributed.map((one) => one.amount)]);
  const shared = exact(found.units.map((unit) => unit.shared));
  return { units: found.units.map((_, index) => ({ direct: direct[index]!, shared: shared[index]! })), reasons: direct.slice(found.units.length) };
}

/** How many units follow that are below this one. */
function below(units: Statement['units'], at: number): number {
  const rest = units.slice(at + 1).findIndex((unit) => unit.depth <= units[at]!.depth);
  return rest < 0 ? units.length - at - 1 : rest;
}

/** The units as a tree, each line with those below it, then what has no unit: the last line is the bill. */
export function tree(found: Statement, explain: (cell: string) => string, open: (unit: string) => string, explained: string | null): Row[] {
  const shown = own(found);
  const first = found.units.filter((unit) => unit.depth === 0).length === 1 ? 1 : 0;
  const kindOf = (depth: number): Row['kind'] => (depth <= first ? undefined : depth === first + 1 ? 'in' : 'deep');
  const figures = (of: Figures[], exact: { direct: string; shared: string; total: string }, cell: (part: string) => string) => {
    const [direct, shared] = [shownSum(of.map((one) => one.direct)), shownSum(of.map((one) => one.shared))];
    const link = (name: string) => ({ href: explain(cell(name)), open: explained === cell(name) });
    return [part(plain(direct), exact.direct, link('direct')), part(plain(shared), exact.shared, link('shared')), part(plain(shownSum([direct, shared])), exact.total, link('total'))];
  };
  const rows = found.units.flatMap((unit, at): Row[] => {
    if (unit.depth < first) return [];
    const under = below(found.units, at);
    const cell = (name: string) => `unit=${unit.unit},part=${name}`;
    const moved = [unit.previous ? money(difference(unit.rolled_up.total, unit.previous.amount)) : nothing, change(unit.previous?.change_tenths)];
    const line: Row = {
      kind: kindOf(unit.depth),
      here: explained?.startsWith(`unit=${unit.unit},`) && !explained.includes('scope=own'),
      cells: [words(unit.name, { href: open(unit.unit) }), ...figures(shown.units.slice(at, at + under + 1), unit.rolled_up, cell), ...moved],
    };
    const itself = shown.units[at]!;
    if (under === 0 || (isZero(itself.direct) && isZero(itself.shared))) return [line];
    const alone = (name: string) => `${cell(name)},scope=own`;
    return [line, { kind: kindOf(unit.depth + 1), here: explained?.startsWith(`unit=${unit.unit},`) && explained.includes('scope=own'), cells: [words(`${unit.name}, of its own`), ...figures([itself], unit, alone), nothing, nothing] }];
  });
  const only = first === 1 ? found.units[0] : undefined;
  const [direct, shared] = [shownSum(shown.units.map((one) => one.direct)), shownSum(shown.units.map((one) => one.shared))];
  const none = found.unattributed.map((one, index): Row => {
    const cell = `reason=${one.reason}`;
    return {
      kind: index === 0 ? 'cont' : undefined,
      here: explained === cell,
      cells: [words(`Unattributed: ${one.description}`), nothing, nothing, part(plain(shown.reasons[index]!), one.amount, { href: explain(cell), open: explained === cell }), one.previous ? money(difference(one.amount, one.previous.amount)) : nothing, change(one.previous?.change_tenths)],
    };
  });
  return [
    ...rows,
    {
      kind: 'sum',
      cells: [
        words('Attributed'),
        only ? part(plain(direct), only.rolled_up.direct) : nothing,
        only ? part(plain(shared), only.rolled_up.shared) : nothing,
        part(plain(shownSum([direct, shared])), found.attributed_total),
        only?.previous ? money(difference(found.attributed_total, only.previous.amount)) : nothing,
        change(only?.previous?.change_tenths),
      ],
    },
    ...none,
    {
      kind: 'total',
      cells: [words('All charges'), nothing, nothing, money(found.billed_total), found.previous ? money(difference(found.billed_total, found.previous.amount)) : nothing, change(found.previous?.change_tenths)],
    },
  ];
}

/** `after − before`, exactly. */
const difference = (after: string, before: string): string => plain(minus(decimal(after), decimal(before)));

/** Categories with their share of the bill and a bar on one scale. */
export function kindRows(kinds: Kind[], total: string, open: (kind: string) => string): Row[] {
  const shown = parts(kinds.map((one) => one.cost), total);
  const widest = Math.max(...kinds.map((one) => Math.abs(drawn(one.cost))), 1);
  const rows = kinds.map((one, index): Row => ({
    cells: [
      one.kind ? words(one.kind, { href: open(one.kind) }) : words('No category'),
      part(shown[index]!, one.cost),
      share(shareTenths(decimal(one.cost), decimal(total))),
      { show: '', plain: '', bar: drawn(one.cost) / widest },
    ],
  }));
  return [...rows, { kind: 'total', cells: [words('All charges'), money(total), share(1000), words('')] }];
}
