import type { Schemas } from '../api/client';
import { listed, moment } from './format';
import { nothing, words, type Row } from './ledger';

type Person = Schemas['UserLine'];
type Token = Schemas['TokenLine'];

/** What somebody can be given, and what it is for. */
export const ROLES: Record<string, string> = {
  viewer: 'reads reports',
  analyst: 'imports facts, publishes rules and other documents',
  engineer: 'proposes plans and simulations',
  approver: 'decides on what others propose',
  controller: 'closes months',
  'portfolio-reviewer': 'reviews the portfolio of models',
  auditor: 'reads everything, changes nothing',
  administrator: 'looks after people, tokens, jobs and storage',
};

/** Where somebody's work begins: the first of what they are given. */
const LANDINGS: Record<string, string> = { controller: '/month-end', engineer: '/plans', approver: '/savings', 'portfolio-reviewer': '/portfolio', auditor: '/audit', administrator: '/administration' };
export const landing = (roles: string[]): string => Object.entries(LANDINGS).find(([name]) => roles.includes(name))?.[1] ?? '/';

export const role = (name: string): string => name.replaceAll('-', ' ');

/** Why the program let nobody in who came from the provider, by its word. */
const REFUSALS: Record<string, string> = {
  attempt: 'This sign-in was not begun in this browser, or took too long. Begin again.',
  provider: 'The provider did not vouch for you.',
  token: 'What the provider said could not be believed. An administrator finds the reason in the record.',
  name: 'There is no name for you here, or somebody else has it. An administrator finds the reason in the record.',
  role: 'None of your groups at the provider stands for a role here. Ask an administrator for one.',
  disabled: 'You were disabled here. Ask an administrator why.',
  unavailable: 'The provider does not answer. Try again in a while.',
};
export const refusal = (word: string | null): string | undefined =>
  word === null ? undefined : Object.hasOwn(REFUSALS, word) ? REFUSALS[word] : 'You were not let in.';

/** `claims, risk` as the units that somebody is limited to; nothing for everything. */
export function unitsOf(text: string): string[] | null {
  const units = text.split(',').map((unit) => unit.trim()).filter(Boolean);
  return units.length > 0 ? units : null;
}

const given = (one: { roles: string[]; units?: string[] | null }) => [
  words(listed(one.roles.map(role))),
  words(one.units ? one.units.join(', ') : 'all'),
];

/** People; each name opens what they are given. */
export const personRows = (people: Person[], open: (name: string) => string, chosen: string | null): Row[] =>
  people.map((one) => {
    const locked = one.locked_until ? `locked until ${moment(one.locked_until)}` : undefined;
    const state = one.disabled_at ? words('disabled', { tone: 'quiet' }) : locked ? words(locked, { tone: 'worse' }) : words(one.issuer ? 'by the provider' : one.has_password ? 'may log in' : 'by token alone');
    return {
      kind: one.disabled_at ? 'soft' : undefined,
      here: one.name === chosen,
      cells: [words(one.name, { href: open(one.name), open: one.name === chosen }), ...given(one), state, words(moment(one.added_at), { note: `by ${one.added_by}` })],
    };
  });

/** Tokens; each name opens it. */
export const tokenRows = (tokens: Token[], open: (name: string) => string, chosen: string | null): Row[] =>
  tokens.map((one) => ({
    kind: one.state === 'good' ? undefined : 'soft',
    here: one.name === chosen,
    cells: [
      words(one.name, { href: open(one.name), open: one.name === chosen, note: one.person ? `for ${one.person}` : undefined }),
      ...given(one),
      words(one.state, { tone: one.state === 'good' ? undefined : 'quiet' }),
      one.used_at ? words(moment(one.used_at)) : nothing,
      words(moment(one.expires_at)),
    ],
  }));
