/** Who is told of what, when, and what came of it. */
import type { Schemas } from '../api/client';
import { count, listed, many, moment } from './format';
import { money, nothing, whole, words, type Cell, type Row } from './ledger';

type Channel = Schemas['AlertChannel'];
type Line = Schemas['AlertLine'];
export type Preferences = Schemas['AlertPreferences'];

/** What somebody can be told of. */
export const TOPICS: Record<string, string> = {
  budget: 'a budget that is exceeded, or will be',
  anomaly: 'days that cost what was not to be expected',
  sla: 'bills below the SLA, or too old',
  approval: 'what waits for a decision',
  'plan-expiry': 'plans that will soon be too old',
  close: 'months that are over and open',
  checkpoint: 'signatures of the record, for machines that keep them',
};
export const DAYS: Record<string, string> = { MON: 'Monday', TUE: 'Tuesday', WED: 'Wednesday', THU: 'Thursday', FRI: 'Friday', SAT: 'Saturday', SUN: 'Sunday' };
const topic = (word: string): string => word.replaceAll('-', ' ');

/** `at once`, `every day at 08:00`, `Mondays at 08:00`. */
export function when(one: Preferences): string {
  if (one.digest === 'daily') return `every day at ${one.digest_at}`;
  if (one.digest === 'weekly') return `${DAYS[one.digest_on ?? ''] ?? one.digest_on}s at ${one.digest_at}`;
  return 'at once';
}

/** `not from 20:00 to 07:00, nor on Saturday and Sunday`; nothing where a channel may always be told. */
export function quiet(one: Preferences): string {
  const days = one.quiet_days.map((day) => DAYS[day] ?? day);
  const parts = [...(one.quiet_from && one.quiet_to ? [`not from ${one.quiet_from} to ${one.quiet_to}`] : []), ...(days.length > 0 ? [`${one.quiet_from ? 'nor' : 'not'} on ${listed(days)}`] : [])];
  return parts.join(', ');
}

/** Every topic, for a channel that wants all that people are told of. */
const ALL = Object.keys(TOPICS).filter((word) => word !== 'checkpoint');

function of(one: Preferences): string {
  const topics = ALL.every((word) => one.events.includes(word)) ? 'everything' : one.events.length === 0 ? 'nothing' : listed(one.events.map(topic));
  const units = one.units.length > 0 ? ` of ${listed(one.units)}` : '';
  const least = Object.entries(one.least).map(([currency, amount]) => `${amount} ${currency}`);
  return `${topics}${units}${least.length > 0 ? `, from ${listed(least)}` : ''}`;
}

/** Channels; each name opens its preferences. */
export const channelRows = (all: Channel[], open: (name: string) => string, chosen: string | null): Row[] =>
  all.map((one) => ({
    here: one.channel === chosen,
    cells: [
      words(one.channel, { href: open(one.channel), open: one.channel === chosen, note: one.is_own ? `${one.kind}, you` : one.kind }),
      words(of(one.preferences)),
      words([when(one.preferences), quiet(one.preferences)].filter(Boolean).join('; '), { note: one.preferences.time_zone === 'UTC' ? undefined : one.preferences.time_zone }),
      whole(one.sent),
      whole(one.waiting),
      whole(one.failed, { tone: one.failed > 0 ? 'worse' : undefined, glyph: one.failed > 0 ? '✕' : undefined }),
    ],
  }));

const state = (one: Line): Cell => {
  const tried = one.attempts > 0 ? many(one.attempts, 'attempt') : undefined;
  if (one.state === 'sent') return words('sent', { tone: 'better', glyph: '✓', note: one.ended_at ? moment(one.ended_at) : undefined });
  if (one.state === 'waiting') return words('waits', { note: `until ${moment(one.due_at)}${tried ? `, ${tried}` : ''}` });
  return words(one.state === 'dropped' ? 'channel gone' : one.state, { tone: 'worse', glyph: '✕', note: tried });
};

/** What channels were told of, the newest first. */
export const alertRows = (all: Line[]): Row[] =>
  all.map((one) => ({
    cells: [
      words(one.event.title, { note: topic(one.event.topic) }),
      words(one.channel),
      state(one),
      one.event.money ? money(one.event.money.amount) : nothing,
      words(one.event.money?.currency ?? ''),
      words(one.said ?? ''),
      words(moment(one.created_at), { plain: one.created_at }),
    ],
  }));

/** `3 channels are told: 12 alerts were sent, 1 waits and 2 failed.` */
export function alertsSay(all: Channel[]): string {
  if (all.length === 0) return 'Nobody is told of anything yet.';
  const sum = (of: (one: Channel) => number) => all.reduce((total, one) => total + of(one), 0);
  const [sent, waiting, failed] = [sum((one) => one.sent), sum((one) => one.waiting), sum((one) => one.failed)];
  const who = all.length === 1 ? 'One channel is told' : `${count(all.length)} channels are told`;
  const parts = [sent > 0 ? `${many(sent, 'alert')} ${sent === 1 ? 'was' : 'were'} sent` : 'no alert was sent yet', ...(waiting > 0 ? [`${count(waiting)} ${waiting === 1 ? 'waits' : 'wait'}`] : []), ...(failed > 0 ? [`${count(failed)} failed`] : [])];
  return `${who}: ${listed(parts)}.`;
}

/** A document to begin with, in which every line says what it is for. */
export const TEMPLATE = `# Who is told of what, and on which way. Secrets never stand here: name the variable of the
# server's environment that holds one.
version = 1

[smtp]                            # for channels of the kind email
host = "smtp.example.org"
from = "farthing@example.org"

[channel.ada]                     # a person: their name here, so that they can change this themselves
kind = "email"
to = ["ada@example.org"]
events = ["budget", "anomaly", "approval"]
digest = "daily"                  # none: each as it is found; daily, weekly: together
digest_at = "08:00"
quiet_from = "20:00"
quiet_to = "07:00"
quiet_days = ["SAT", "SUN"]
time_zone = "Europe/Berlin"
`;
