import type { Schemas } from '../api/client';
import { moment } from './format';
import { words, type Row } from './ledger';

type Entry = Schemas['AuditEntry'];

const HASH = /^[0-9a-f]{64}$/;
const ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;

/** A hash or an id is long, and its beginning is enough to compare two by eye. */
export const short = (text: string): string => (HASH.test(text) ? `${text.slice(0, 12)}…` : text.replace(ID, (id) => `${id.slice(0, 8)}…`));

/** `version 3, rows 9,120`: what else is to be known, each thing by its name. Hashes and ids are for machines: a copy has them. */
export function details(found: unknown): string {
  if (found === null || found === undefined) return '';
  if (Array.isArray(found)) return found.map(details).filter(Boolean).join('; ');
  if (typeof found !== 'object') return HASH.test(String(found)) || ID.test(String(found)) ? '' : String(found);
  const told = Object.entries(found).map(([name, value]) => [name.replaceAll('_', ' '), details(value)] as const);
  return told.filter(([, value]) => value !== '').map(([name, value]) => (value.includes(',') ? value : `${name} ${value}`)).join(', ');
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
      words(short(one.subject), { plain: one.subject }),
      words(details(one.details), { plain: JSON.stringify(one.details) }),
      words(`${one.sequence}`, { note: short(one.hash), plain: `${one.sequence}` }),
    ],
  }));
