/** How each source does: what it delivered, how old that is, when more is due, and what stands in the way. */
import type { Schemas } from '../api/client';
import { many, moment, month } from './format';
import { nothing, whole, words, type Cell, type Row } from './ledger';

type Status = Schemas['SourcesStatus'];

/** One source, whatever it brings and however. */
export interface Source {
  name: string;
  facts: Schemas['PeriodStatus'][];
  collected?: Schemas['CollectionStatus'];
  schedules: Schemas['ScheduleStatus'][];
  /** When something of it was last brought: collected or imported, whether it was new or not. */
  last?: string;
  /** When more is due. */
  next?: string;
  /** Why the last attempt failed. */
  problem?: string;
}

const latest = (times: (string | null | undefined)[]): string | undefined => times.filter((time): time is string => Boolean(time)).sort().at(-1);

/** Every source that has facts, is collected, or has a schedule, by name. */
export function sources(found: Status): Source[] {
  const schedules = found.schedules ?? [];
  const collections = found.collections ?? [];
  const names = new Set([...found.periods.map((one) => one.source), ...collections.map((one) => one.source), ...schedules.flatMap((one) => one.source ?? [])]);
  return [...names].sort().map((name) => {
    const facts = found.periods.filter((one) => one.source === name);
    const collected = collections.find((one) => one.source === name);
    // Parts of a source have its name and their own: one schedule asks for all of them.
    const own = schedules.filter((one) => one.source === name || (collected && one.kind === 'collect' && one.source && name.startsWith(`${one.source}-`)));
    const failed = own.find((one) => one.last_error);
    const imports = found.failures.find((one) => one.startsWith(`${name}: `) || one.startsWith(`${name}, `));
    return {
      name,
      facts,
      collected,
      schedules: own,
      last: latest([collected?.succeeded_at, ...own.map((one) => one.last_done_at), ...facts.map((one) => one.imported_at)]),
      next: own.filter((one) => one.enabled).flatMap((one) => one.next_at ?? []).sort()[0],
      problem: collected?.problem ?? failed?.last_error ?? imports?.replace(/^[^:]*: /, ''),
    };
  });
}

/** `3 days`, `5 hours`, `under an hour`: how long ago something was. */
export function age(time: string, now: string): string {
  const hours = Math.floor((Date.parse(now) - Date.parse(time)) / 3_600_000);
  if (hours < 1) return 'under an hour';
  return hours < 48 ? many(hours, 'hour') : many(Math.floor(hours / 24), 'day');
}

const state = (one: Source): Cell => {
  if (one.problem) return words('failed', { tone: 'worse', glyph: '✕' });
  if (one.collected?.missing?.length) return words('partial', { tone: 'worse', glyph: '○' });
  if (!one.last) return words('never read', { tone: 'quiet' });
  return words('good', { tone: 'better', glyph: '✓' });
};

/** How it is looked for: by a schedule, or by hand. */
const planned = (one: Source): string => (one.schedules.length === 0 ? 'by hand' : one.schedules.every((each) => !each.enabled) ? 'switched off' : one.schedules.map((each) => `${each.cron} ${each.time_zone}`).join('; '));

/** A source a line; each name opens what it can be told to do. */
export const sourceRows = (all: Source[], now: string, open: (name: string) => string, chosen: string | null): Row[] =>
  all.map((one) => ({
    here: one.name === chosen,
    cells: [
      words(one.name, { href: open(one.name), open: one.name === chosen, note: [...new Set(one.facts.map((fact) => fact.dataset.replaceAll('_', ' ')))].slice(0, 2).join(', ') || undefined }),
      state(one),
      one.facts.length > 0 ? words(month(one.facts.map((fact) => fact.period).sort().at(-1)!)) : nothing,
      one.last ? words(age(one.last, now), { plain: one.last }) : nothing,
      words(planned(one)),
      one.next ? words(moment(one.next)) : nothing,
      one.facts.length > 0 ? whole(one.facts.reduce((sum, fact) => sum + fact.findings, 0)) : nothing,
    ],
  }));

/** `5 sources: 4 are good, 1 needs a look.` */
export function healthSays(all: Source[]): string {
  const bad = all.filter((one) => one.problem || one.collected?.missing?.length).length;
  if (all.length === 0) return 'No source is connected yet.';
  if (bad === 0) return all.length === 1 ? 'The one source was read without a failure.' : `All ${all.length} sources were read without a failure.`;
  return `${bad} of ${many(all.length, 'source')} ${bad === 1 ? 'needs' : 'need'} a look.`;
}

/** Runs of a source, the newest first. */
export const runRows = (runs: Schemas['JobReport'][]): Row[] =>
  runs.map((one) => ({
    cells: [
      words(moment(one.ended_at ?? one.started_at ?? one.created_at), { plain: one.created_at }),
      words(one.job, { note: one.asked_by ? `asked for by ${one.asked_by}` : undefined }),
      words(one.state, { tone: one.state === 'failed' ? 'worse' : one.state === 'done' ? undefined : 'quiet' }),
      words(one.message ?? (one.state === 'running' ? (one.doing ?? 'under way') : '')),
    ],
  }));
