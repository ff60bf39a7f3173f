import type { Schemas } from '../api/client';
import { many } from './format';
import { money, part, parts, whole, words, type Row } from './ledger';

/** The pairs of a cell as the API names it: `unit=claims,part=shared`. */
export const pairs = (cell: string): Record<string, string> =>
  Object.fromEntries(cell.split(',').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));

export const named = (names: Map<string, string>, unit: string | null | undefined): string => (unit ? (names.get(unit) ?? unit) : 'No unit');

/** What a cell is called. */
export function titleOf(cell: string, names: Map<string, string>): string {
  const { unit, reason, service, pool, part: which } = pairs(cell);
  if (!unit) return reason ? `Unattributed: ${reason.replaceAll('_', ' ')}` : cell;
  const kinds: Record<string, string> = { direct: 'Direct cost', shared: 'Shared cost' };
  const what = service ?? (pool ? `Share of ${pool}` : which ? kinds[which] : undefined);
  return what ? `${what}, ${named(names, unit)}` : named(names, unit);
}

/** How a figure came about, in one sentence. */
export function sentence(found: Schemas['Explanation'], names: Map<string, string>): string {
  const charges = found.charges.reduce((sum, line) => sum + line.charges, 0);
  const shares = many(found.shares.length, 'share');
  if (charges === 0) return found.shares.length === 0 ? 'Nothing was charged here.' : `${shares} of what units pay for together.`;
  const units = [...new Set(found.charges.map((line) => line.unit))];
  const rules = new Set(found.charges.map((line) => line.rule));
  const sent = `${many(charges, 'charge')} that ${many(rules.size, 'rule')} gave to ${units.length === 1 ? named(names, units[0]) : `${units.length} units`}`;
  const own = units.every((unit) => !unit) ? `${many(charges, 'charge')} that no rule gives to a unit` : sent;
  return found.shares.length > 0 ? `${own}, and ${shares} of pools.` : `${own}.`;
}

interface Column {
  field: string;
  value: string | null;
}

/** The charges, as a table whose shown figures add up. */
export function chargeRows(found: Schemas['Explanation'], names: Map<string, string>): Row[] {
  const shown = parts(found.charges.map((line) => line.amount), found.charges_total);
  const several = new Set(found.charges.map((line) => line.unit)).size > 1;
  const rows = found.charges.map((line, index): Row => {
    const service = (line.columns as Column[]).find((one) => one.field === 'ServiceName')?.value ?? 'No service';
    const name = several ? `${service}, ${named(names, line.unit)}` : service;
    return { cells: [words(name, { note: line.source }), whole(line.charges), part(shown[index]!, line.amount)] };
  });
  const all = found.charges.reduce((sum, line) => sum + line.charges, 0);
  return [...rows, { kind: 'total', cells: [words('Charges'), whole(all), money(found.charges_total)] }];
}
