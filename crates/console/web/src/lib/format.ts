import { absolute, decimal, isNegative, plain, rounded, type Decimal } from './decimal';
import { settings } from './settings.svelte';

/** How figures and dates are written: by what the reader has chosen, or by their browser. The words are in the console's language. */
export const locale = (): string => settings.region || (globalThis.navigator?.language ?? 'en');

/** A formatter is dear to make: each is made once. */
const made = new Map<string, Intl.NumberFormat>();
function numbers(options: Intl.NumberFormatOptions = {}): Intl.NumberFormat {
  const key = `${locale()} ${options.minimumFractionDigits ?? ''}`;
  const known = made.get(key) ?? new Intl.NumberFormat(locale(), options);
  made.set(key, known);
  return known;
}

const MINUS = '\u2212';
const THIN = '\u202f';

const part = (type: 'decimal' | 'group'): string => numbers().formatToParts(1234567.5).find((one) => one.type === type)?.value ?? (type === 'decimal' ? '.' : '');

/** The digits of a value that is not negative. */
function digits(value: Decimal): string {
  const text = plain(value);
  const [whole = '0', fraction] = text.split('.');
  const grouped = numbers().format(BigInt(whole));
  return fraction === undefined ? grouped : grouped + part('decimal') + fraction;
}

const value = (amount: string | Decimal, places: number): Decimal =>
  rounded(typeof amount === 'string' ? decimal(amount) : amount, places);

/** For a column of money: a negative stands in parentheses. */
export function column(amount: string | Decimal, places = 2): string {
  const shown = value(amount, places);
  return isNegative(shown) ? `(${digits(absolute(shown))})` : digits(shown);
}

/** For prose, axes and percentages: a negative has a minus sign. */
export function prose(amount: string | Decimal, places = 2): string {
  const shown = value(amount, places);
  return (isNegative(shown) ? MINUS : '') + digits(absolute(shown));
}

/** Without its sign, where the words say it. */
export const size = (amount: string | Decimal, places = 2): string => digits(absolute(value(amount, places)));

/** With all the places it has. */
export function exact(amount: string): string {
  const whole = decimal(amount);
  return (isNegative(whole) ? MINUS : '') + digits(absolute(whole));
}

export const count = (value: number | string | bigint): string => numbers().format(BigInt(value));

/** A share in tenths of a percent, as `3.1 %`. */
export function percent(tenths: number): string {
  const shown = { units: BigInt(Math.abs(tenths)), scale: 1 };
  return `${tenths < 0 ? MINUS : ''}${digits(shown)}${THIN}%`;
}

/** A change in tenths of a percent, with its sign. */
export const delta = (tenths: number): string => (tenths > 0 ? '+' : '') + percent(tenths);

/** A ratio from 0 to 1 as a percentage. Ratios are measures, not money. */
export function ratio(share: number | string, places = 1): string {
  const text = numbers({ minimumFractionDigits: places, maximumFractionDigits: places }).format(Math.abs(Number(share)) * 100);
  return `${Number(share) < 0 ? MINUS : ''}${text}${THIN}%`;
}

/** A measured quantity that is no money: hours, milliseconds, requests a second. */
export const measure = (value: number, places = 1): string =>
  numbers({ minimumFractionDigits: places, maximumFractionDigits: places }).format(value);

const inUtc = (options: Intl.DateTimeFormatOptions, language = 'en-GB') => new Intl.DateTimeFormat(language, { ...options, timeZone: 'UTC' });

/** Only in English are months written as words: another language's would stand in an English sentence. */
const inWords = (): boolean => locale().toLowerCase().startsWith('en');

/** `2026-05` as `May 2026`. */
export const month = (period: string): string => inUtc({ month: 'long', year: 'numeric' }).format(new Date(`${period}-01T00:00:00Z`));

/** `2026-05` as `May`. */
export const monthName = (period: string): string => inUtc({ month: 'long' }).format(new Date(`${period}-01T00:00:00Z`));

/** `2026-05-07` as `7 May`, `May 7` or `07.05.`. */
export const day = (date: string): string => inUtc(inWords() ? { day: 'numeric', month: 'long' } : { day: '2-digit', month: '2-digit' }, locale()).format(new Date(date));

/** A moment as `2026-06-03 04:00 UTC`; elsewhere than in English with the date as it is written there. */
export function moment(time: string): string {
  const [date, clock] = new Date(time).toISOString().slice(0, 16).split('T');
  const written = inWords() ? date : inUtc({ year: 'numeric', month: '2-digit', day: '2-digit' }, locale()).format(new Date(time));
  return `${written} ${clock} UTC`;
}

/** A decimal as somebody has typed it, with the separators of their locale or plain, as the API takes it. */
export function typed(text: string): string {
  const bare = text.trim().replace(/[\s'\u2019]/g, '').replace(MINUS, '-');
  const point = part('decimal');
  if (point === '.') return bare.replaceAll(',', '');
  const grouped = /^-?\d{1,3}(\.\d{3})+$/.test(bare);
  return bare.includes(point) || grouped ? bare.replaceAll('.', '').replace(point, '.') : bare;
}

/** Words in a row: `a, b and c`. */
export const listed = (words: string[]): string => new Intl.ListFormat('en-GB', { type: 'conjunction' }).format(words);

/** `1 charge`, `2 charges`. */
export const many = (number: number, one: string, several = `${one}s`): string => `${count(number)} ${number === 1 ? one : several}`;
