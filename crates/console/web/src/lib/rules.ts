import { answer, api, Failure, type Schemas } from '../api/client';
import { compare, decimal, drawn, isZero, minus, plain, type Decimal } from './decimal';
import { count } from './format';
import { money, nothing, share, whole, words, type Row } from './ledger';

type Cost = Schemas['Cost'];
type Preview = Schemas['RulesPreview'];
type Coverage = Schemas['RuleCoverage'];
type Place = Schemas['RulesPreview']['moves'][number]['to'];

/** The rules in force as they were written, and the tag of their version. */
export interface Text {
  text: string;
  tag: string | null;
}

export async function inForce(signal: AbortSignal): Promise<Text> {
  const asked = api.GET('/v1/documents/{kind}', { params: { path: { kind: 'rules' } }, parseAs: 'text', signal });
  try {
    const text = await answer(asked as Promise<{ data?: string; error?: unknown; response: Response }>);
    return { text, tag: (await asked).response.headers.get('etag') };
  } catch (error) {
    // The first rules are written here as well.
    if (Failure.of(error).missing) return { text: 'version = 1\n', tag: null };
    throw error;
  }
}

/** Checks a draft, or publishes it in place of the version that it was written on. */
export const put = (text: string, dryRun: boolean, tag: string | null, signal?: AbortSignal): Promise<Schemas['Published']> =>
  answer(
    api.PUT('/v1/documents/{kind}', {
      params: { path: { kind: 'rules' }, query: { dry_run: dryRun } },
      body: text as never,
      bodySerializer: (body: unknown) => body as string,
      headers: { 'content-type': 'application/toml', ...(tag && !dryRun ? { 'if-match': tag } : {}) },
      signal,
    }),
  );

export const preview = (rules: string, period: string, signal: AbortSignal): Promise<Preview> =>
  answer(api.POST('/v1/rules/preview', { body: { rules, period }, signal }));

const placeName = (place: Place, names: Map<string, string>): string =>
  'unit' in place ? (names.get(place.unit) ?? place.unit) : `no unit: ${place.reason.replaceAll('_', ' ')}`;

/** The charges that each rule of the draft would move, the most money first. */
export function moveRows(found: Preview, cost: Cost, currency: string, names: Map<string, string>): Row[] {
  const moves = found.moves.filter((one) => one.currency === currency);
  const size = (amount: string): number => Math.abs(drawn(amount));
  return moves
    .sort((a, b) => size(b.costs[cost]) - size(a.costs[cost]))
    .map((one) => ({
      cells: [
        words(one.rule ?? 'no rule', { note: one.published_rule === one.rule ? undefined : `was ${one.published_rule ?? 'no rule'}` }),
        words(placeName(one.from, names)),
        words(placeName(one.to, names)),
        whole(one.charges),
        money(one.costs[cost]),
      ],
    }));
}

/** Every unit whose amounts would change, the largest change first. */
export function unitRows(found: Preview, cost: Cost, currency: string, names: Map<string, string>): Row[] {
  const change = (one: Preview['units'][number]): Decimal => minus(decimal(one.after[cost]), decimal(one.before[cost]));
  const moved = found.units.filter((one) => one.currency === currency && !isZero(change(one)));
  const magnitude = (one: Preview['units'][number]) => Math.abs(drawn(plain(change(one))));
  return moved
    .sort((a, b) => magnitude(b) - magnitude(a))
    .map((one) => ({ cells: [words(names.get(one.unit) ?? one.unit), money(one.before[cost]), money(one.after[cost]), money(plain(change(one)))] }));
}

/** What each rule sends to units, then why the rest has none; the last line is the bill. */
export function coverageRows(found: Coverage): Row[] {
  const line = (one: Schemas['CoverageLine'], name: string): Row => ({ cells: [words(name), whole(one.charges), money(one.amount), share(one.share_tenths)] });
  const idle = (one: Schemas['CoverageLine']): Row => ({ kind: 'soft', cells: [words(one.name), words('no charge'), nothing, nothing] });
  const rest = found.unattributed.map((one, index): Row => ({ ...line(one, `Unattributed: ${one.description ?? one.name}`), kind: index === 0 ? 'cont' : undefined }));
  return [
    ...found.rules.map((one) => (one.charges === 0 ? idle(one) : line(one, one.name))),
    ...rest,
    { kind: 'total', cells: [words('All charges'), whole([...found.rules, ...found.unattributed].reduce((sum, one) => sum + one.charges, 0)), money(found.billed_total), share(1000)] },
  ];
}

/** `2 rules move 1,204 charges of 3 units.`, or that nothing moves. */
export function moved(found: Preview, currency: string): string {
  const moves = found.moves.filter((one) => one.currency === currency);
  const units = found.units.filter((one) => one.currency === currency);
  if (moves.length === 0 && units.length === 0) return 'No charge of the month would stand elsewhere.';
  const charges = moves.reduce((sum, one) => sum + one.charges, 0);
  const rules = new Set(moves.map((one) => one.rule)).size;
  const most = moves.length === 0 ? 'Pools alone change' : `${count(rules)} ${rules === 1 ? 'rule moves' : 'rules move'} ${count(charges)} ${charges === 1 ? 'charge' : 'charges'}`;
  return `${most}; ${count(units.length)} ${units.length === 1 ? 'unit changes' : 'units change'}.`;
}

/** True where two tags say that somebody else published meanwhile. */
export const conflict = (failure: Failure): boolean => failure.status === 412;

/** Rules that send nothing are worth a look. */
export const idleRules = (found: Coverage): number => found.rules.filter((one) => one.charges === 0 && compare(decimal(one.amount), decimal('0')) === 0).length;
