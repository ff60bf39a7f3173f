import { conditions, EACH, isTag, quoted, sorted, tableOf, type Asked, type Sorting } from './explorer';
import { money, whole, words, type Column, type Row } from './ledger';
import { COLUMN } from './overview';

/** A charge, or all of a day that are alike. */
export interface Line {
  day: string | null;
  service: string | null;
  account: string | null;
  what: string | null;
  cost: string | null;
  charges: number | null;
}

/** Whether each line is one charge, and not all of a day that are alike. */
export const isSingle = (asked: Asked): boolean => tableOf(asked) === 'focus';

interface Parts {
  day: string;
  what: string;
  charges: string;
  find: string[];
}
function partsOf(asked: Asked): Parts {
  const table = tableOf(asked);
  if (table === 'focus') return { day: 'CAST(CAST("ChargePeriodStart" AS DATE) AS VARCHAR)', what: `COALESCE("ResourceId", "ChargeDescription")`, charges: '1', find: ['ServiceName', 'SubAccountName', 'ResourceId', 'ChargeDescription'] };
  if (table === 'focus_daily') return { day: 'CAST("ChargeDay" AS VARCHAR)', what: quoted(asked.filters.map((one) => one.dimension).find(isTag) ?? 'ResourceType'), charges: '"Charges"', find: ['ServiceName', 'SubAccountName'] };
  return { day: 'CAST(CAST("ChargePeriodStart" AS DATE) AS VARCHAR)', what: '"Unit"', charges: '"Charges"', find: ['ServiceName', 'SubAccountName', 'Unit'] };
}

/** What the lines come to, and how many they are. */
export function summary(asked: Asked, units: Map<string, string>): { sql: string; parameters: string[] } {
  const { charges, find } = partsOf(asked);
  const { where, parameters } = conditions({ ...asked, rows: EACH }, find, units);
  return { sql: `SELECT COUNT(*) AS lines, SUM(${COLUMN[asked.cost]}) AS cost, SUM(${charges}) AS charges FROM ${tableOf(asked)} WHERE ${where}`, parameters };
}

const BY: Record<string, string> = { day: 'day', service: 'service', account: 'account', what: 'what', total: 'cost' };

/** How far from an end the first or last lines are picked out; further in it is quicker to put all of them in order. */
const NEAR = 20_000;

/**
 * Lines in an order in which each has its place, however they are asked for: after what they are sorted by comes all that is shown of them.
 * Those near an end are asked for from there.
 */
export function lines(asked: Asked, units: Map<string, string>, sort: string, offset: number, limit: number, length: number): { sql: string; parameters: string[]; reversed: boolean } {
  const { day, what, charges, find } = partsOf(asked);
  const { where, parameters } = conditions({ ...asked, rows: EACH }, find, units);
  const most = Math.max(0, Math.min(limit, length - offset));
  const left = length - offset - most;
  const reversed = offset > NEAR && left <= NEAR;
  const name = BY[sort.replace('-', '')] ?? 'cost';
  const down = sort.startsWith('-') !== reversed;
  const order = [`${name} ${down ? 'DESC' : 'ASC'} NULLS ${down ? 'LAST' : 'FIRST'}`, ...['day', 'service', 'account', 'what', 'cost', 'charges'].filter((one) => one !== name).map((one) => `${one} ${reversed ? 'DESC NULLS LAST' : 'ASC NULLS FIRST'}`)].join(', ');
  const all = `SELECT ${day} AS day, "ServiceName" AS service, "SubAccountName" AS account, ${what} AS what, ${COLUMN[asked.cost]} AS cost, ${charges} AS charges
    FROM ${tableOf(asked)} WHERE ${where}`;
  const sql = offset > NEAR && left > NEAR
    ? `SELECT * FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY ${order}) AS place FROM (${all})) WHERE place BETWEEN ${offset + 1} AND ${offset + most} ORDER BY place`
    : `${all} ORDER BY ${order} LIMIT ${most} OFFSET ${reversed ? left : offset}`;
  return { sql, parameters, reversed };
}

/** All of them for a file, the dearest first, with the columns that are shown. */
export function every(asked: Asked, units: Map<string, string>): { sql: string; parameters: string[] } {
  const { day, what, charges, find } = partsOf(asked);
  const { where, parameters } = conditions({ ...asked, rows: EACH }, find, units);
  const counted = isSingle(asked) ? '' : `, ${charges} AS "Charges"`;
  const sql = `SELECT ${day} AS "Day", "ServiceName" AS "Service", "SubAccountName" AS "Sub-account", ${what} AS "${whatOf(asked)}"${counted}, ${COLUMN[asked.cost]} AS "Cost" FROM ${tableOf(asked)} WHERE ${where} ORDER BY "Cost" DESC, "Day"`;
  return { sql, parameters };
}

const whatOf = (asked: Asked): string => ({ focus: 'Resource', focus_daily: 'Tag', attributed: 'Unit' })[tableOf(asked)];

export const lineRow = (one: Line, name: (unit: string) => string, single: boolean): Row => ({
  cells: [words(one.day ?? 'No day'), words(one.service ?? 'No service'), words(one.account || '–'), words(one.what ? (single ? one.what : name(one.what)) : '–'), ...(single ? [] : [whole(one.charges)]), money(one.cost)],
});

export const lineColumns = (asked: Asked, sorting: Sorting): Column[] => {
  return [
    sorted('day', sorting, 'Day', { wraps: false }),
    sorted('service', sorting, 'Service', { align: 'left' }),
    sorted('account', sorting, 'Sub-account', { align: 'left', optional: true }),
    sorted('what', sorting, whatOf(asked), { align: 'left', optional: true }),
    ...(isSingle(asked) ? [] : [{ label: 'Charges', optional: true }]),
    sorted('total', sorting, 'Cost'),
  ];
};
