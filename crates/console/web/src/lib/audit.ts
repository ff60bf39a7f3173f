import type { Schemas } from '../api/client';
import { moment } from './format';
import { words, type Row } from './ledger';

type Entry = Schemas['AuditEntry'];

/** A hash is long, and its beginning is enough to compare two by eye. */
const short = (text: string) => (/^[0-9a-f]{64}$/.test(text) ? `${text.slice(0, 12)}…` : text);

/** `revision 3, rows 9,120`: what else is to be known, each thing by its name. */
export function details(found: unknown): string {
  if (found === null || typeof found !== 'object') return found === null || found === undefined ? '' : short(String(found));
  if (Array.isArray(found)) return found.map(details).filter(Boolean).join(', ');
  const told = Object.entries(found).map(([name, value]) => [name.replaceAll('_', ' '), details(value)] as const);
  // Hashes last: who reads looks for words first.
  const sorted = told.sort(([, one], [, other]) => Number(one.endsWith('…')) - Number(other.endsWith('…')));
  return sorted.filter(([, value]) => value !== '').map(([name, value]) => `${name} ${value}`).join(', ');
}

/** `period.closed` as `period closed`. */
export const done = (action: string): string => action.replace('.', ' ').replaceAll('_', ' ');

/** Entries as rows; who and what lead to all entries of the same. */
export const entryRows = (entries: Entry[], to: (changes: Record<string, string | null>) => string): Row[] =>
  entries.map((one) => ({
    cells: [
      words(moment(one.at), { plain: one.at }),
      words(one.actor, { href: to({ actor: one.actor, cursor: null }) }),
      words(done(one.action), { plain: one.action, href: to({ action: one.action, cursor: null }) }),
      words(one.subject),
      words(details(one.details)),
      words(`${one.sequence}`, { note: short(one.hash), plain: `${one.sequence}` }),
    ],
  }));
