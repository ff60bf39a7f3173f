import { absolute, decimal, isNegative, plain, rounded, type Decimal } from './decimal';

/** How figures are written: separators by the reader's locale, the words by the console's language. */
export const locale = (): string => globalThis.navigator?.language ?? 'en';

const MINUS = '\u2212';
const THIN = '\u202f';

let separators: { locale: string; point: string } | undefined;
function point(): string {
  if (separators?.locale !== locale()) {
    const parts = new Intl.NumberFormat(locale()).formatToParts(1.5);
    separators = { locale: locale(), point: parts.find((part) => part.type === 'decimal')?.value ?? '.' };
  }
  return separators.point;
}

/** The digits of a value that is not negative. */
function digits(value: Decimal): string {
  const text = plain(value);
  const [whole = '0', fraction] = text.split('.');
  const grouped = new Intl.NumberFormat(locale(), { useGrouping: true }).format(BigInt(whole));
  return fraction === undefined ? grouped : grouped + point() + fraction;
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

export const count = (value: number | string | bigint): string => new Intl.NumberFormat(locale()).format(BigInt(value));

/** A share in tenths of a percent, as `3.1 %`. */
export function percent(tenths: number): string {
  const shown = { units: BigInt(Math.abs(tenths)), scale: 1 };
  return `${tenths < 0 ? MINUS : ''}${digits(shown)}${THIN}%`;
}

/** A change in tenths of a percent, with its sign. */
export const delta = (tenths: number): string => (tenths > 0 ? '+' : '') + percent(tenths);

/** A ratio from 0 to 1 as a percentage. Ratios are measures, not money. */
export function ratio(share: number | string, places = 1): string {
  const text = new Intl.NumberFormat(locale(), { minimumFractionDigits: places, maximumFractionDigits: places }).format(Math.abs(Number(share)) * 100);
  return `${Number(share) < 0 ? MINUS : ''}${text}${THIN}%`;
}

/** A measured quantity that is no money: hours, milliseconds, requests a second. */
export const measure = (value: number, places = 1): string =>
  new Intl.NumberFormat(locale(), { minimumFractionDigits: places, maximumFractionDigits: places }).format(value);

const inUtc = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' });

/** `2026-05` as `May 2026`. */
export const month = (period: string): string => inUtc({ month: 'long', year: 'numeric' }).format(new Date(`${period}-01T00:00:00Z`));

/** `2026-05` as `May`. */
export const monthName = (period: string): string => inUtc({ month: 'long' }).format(new Date(`${period}-01T00:00:00Z`));

/** `2026-05-07` as `7 May`. */
export const day = (date: string): string => inUtc({ day: 'numeric', month: 'long' }).format(new Date(date));

/** A moment as `2026-06-03 04:00 UTC`. */
export const moment = (time: string): string => `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** Words in a row: `a, b and c`. */
export const listed = (words: string[]): string => new Intl.ListFormat('en-GB', { type: 'conjunction' }).format(words);

/** `1 charge`, `2 charges`. */
export const many = (number: number, one: string, several = `${one}s`): string => `${count(number)} ${number === 1 ? one : several}`;
