import type { Schemas } from '../api/client';
import { decimal, plain, roundedTo, roundedToSum, shownSum, type Decimal } from './decimal';
import { change, money, nothing, part, words, type Row } from './ledger';

type UnitStatement = Schemas['UnitStatement'];

/** Whether and where a figure of the statement is explained. */
export interface Explaining {
  now: string | null;
  at: (cell: string) => string;
}

/** The statement as it is printed: direct by service, shared by pool, and the total. */
export function statementRows(found: UnitStatement, explaining: Explaining): Row[] {
  const line = (name: string, note: string | undefined, shown: string, of: Schemas['Beside'], cell: string): Row => ({
    kind: 'in',
    here: explaining.now === cell,
    cells: [
      words(name, { note }),
      part(shown, of.amount, { href: explaining.at(cell), open: explaining.now === cell }),
      money(of.previous),
      money(of.change),
      change(of.change_tenths),
    ],
  });
  const sum = (kind: Row['kind'], name: string, shown: Decimal, of: Schemas['Beside'], cell: string): Row => ({
    kind,
    here: explaining.now === cell,
    cells: [words(name), part(plain(shown), of.amount, { href: explaining.at(cell), open: explaining.now === cell }), money(of.previous), money(of.change), change(of.change_tenths)],
  });
  const unit = `unit=${found.unit}`;
  // As on the printed statement: the two sums are rounded to their total, and the lines to the sums.
  const sums = roundedToSum([found.direct_total, found.shared_total].map((one) => decimal(one.amount)), decimal(found.total.amount), 2);
  const lines = (of: { amount: string }[], target: Decimal) => roundedTo(target, of.map((one) => decimal(one.amount))).map(plain);
  const direct = lines(found.direct, sums[0]!);
  const shared = lines(found.shared, sums[1]!);
  const group = (name: string): Row => ({ kind: 'group', cells: [words(name)] });
  // A service's name with a comma or an equals sign cannot be written in a cell: its line opens all direct charges.
  const ofService = (service: string | null | undefined) => (service && !/[,=]/.test(service) ? `${unit},part=direct,service=${service}` : `${unit},part=direct`);
  return [
    group('Direct'),
    ...found.direct.map((one, index) => line(one.service ?? 'No service', undefined, direct[index]!, one, ofService(one.service))),
    sum('sum', 'Direct costs', sums[0]!, found.direct_total, `${unit},part=direct`),
    group('Shared'),
    ...found.shared.map((one, index) => line(one.pool, one.gives ? 'given to others' : `by ${one.driver}`, shared[index]!, one, `${unit},part=shared,pool=${one.pool}`)),
    ...(found.shared.length === 0 ? [{ kind: 'in', cells: [words('None'), nothing, nothing, nothing, nothing] } satisfies Row] : []),
    sum('sum', 'Shared costs', sums[1]!, found.shared_total, `${unit},part=shared`),
    sum('total', `Charged to ${found.name}`, shownSum(sums), found.total, `${unit},part=total`),
  ];
}

/** The units below, each with its own charges. */
export function belowRows(found: UnitStatement, open: (unit: string) => string, explaining: Explaining): Row[] {
  return found.below.map((unit) => {
    const cell = `unit=${unit.unit},part=total`;
    return {
      kind: unit.depth > 1 ? 'in' : undefined,
      cells: [
        words(unit.name, { href: open(unit.unit) }),
        money(unit.direct),
        money(unit.shared),
        money(unit.amount, { href: explaining.at(cell), open: explaining.now === cell }),
        change(unit.change_tenths),
      ],
    };
  });
}

/** Why the unit's cost changed: the steps of the variance, each with its amount, before and after at the ends. */
export function bridge(row: Schemas['VarianceRow'], before: string, after: string): { name: string; amount: string; kind: 'total' | 'step' }[] {
  const steps: [string, string][] = [
    ['Price', row.price],
    ['Volume', row.volume],
    ['Mix', row.mix],
    ['Fees', row.fees],
    ['Corrections', row.correction],
    ['Rules', row.rules],
    ['Shared', row.shared],
    ['Exchange', row.fx],
  ];
  const moved = steps.filter(([, amount]) => !/^-?0*\.?0*$/.test(amount));
  return [
    { name: before, amount: row.before, kind: 'total' },
    ...moved.map(([name, amount]) => ({ name, amount, kind: 'step' as const })),
    { name: after, amount: row.after, kind: 'total' },
  ];
}
