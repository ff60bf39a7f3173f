/**
 * Exact decimals. Money comes as a decimal string of up to eighteen places and is never a float: sums are the API's, and what
 * is done here (rounding for show, comparing, a share of a whole) is done on integers.
 */
export interface Decimal {
  /** The value times 10^scale. */
  readonly units: bigint;
  readonly scale: number;
}

const PATTERN = /^([+-]?)(\d+)(?:\.(\d+))?$/;

/** Reads a plain decimal. @throws RangeError where the text is none. */
export function decimal(text: string): Decimal {
  const found = PATTERN.exec(text.trim());
  if (!found) throw new RangeError(`${JSON.stringify(text)} is no decimal`);
  const [, sign, whole = '0', fraction = ''] = found;
  const units = BigInt(whole + fraction);
  return { units: sign === '-' ? -units : units, scale: fraction.length };
}

const power = (exponent: number): bigint => 10n ** BigInt(exponent);
const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);

/** Both values in units of the finer scale. */
function aligned(a: Decimal, b: Decimal): [bigint, bigint, number] {
  const scale = Math.max(a.scale, b.scale);
  return [a.units * power(scale - a.scale), b.units * power(scale - b.scale), scale];
}

export function compare(a: Decimal, b: Decimal): number {
  const [x, y] = aligned(a, b);
  return x < y ? -1 : x > y ? 1 : 0;
}

export const isZero = (value: Decimal): boolean => value.units === 0n;
export const isNegative = (value: Decimal): boolean => value.units < 0n;
export const absolute = (value: Decimal): Decimal => ({ units: magnitude(value.units), scale: value.scale });
export const negated = (value: Decimal): Decimal => ({ units: -value.units, scale: value.scale });

/** `a − b`, exactly. */
export function minus(a: Decimal, b: Decimal): Decimal {
  const [x, y, scale] = aligned(a, b);
  return { units: x - y, scale };
}

/** The sum of figures as they are shown: what stands below each other adds up. Exact sums are the API's. */
export const shownSum = (figures: Decimal[], places = 2): Decimal => ({ units: figures.reduce((sum, one) => sum + rounded(one, places).units, 0n), scale: places });

/** `numerator ÷ denominator`, rounded half to even. */
function quotient(numerator: bigint, denominator: bigint): bigint {
  const negative = numerator < 0n !== denominator < 0n;
  const [n, d] = [magnitude(numerator), magnitude(denominator)];
  let result = n / d;
  const twice = (n % d) * 2n;
  if (twice > d || (twice === d && result % 2n === 1n)) result += 1n;
  return negative ? -result : result;
}

/** Rounded half to even at so many places. */
export function rounded(value: Decimal, places: number): Decimal {
  if (value.scale <= places) return { units: value.units * power(places - value.scale), scale: places };
  return { units: quotient(value.units, power(value.scale - places)), scale: places };
}

/** Tenths of a percent that `part` is of `whole`; nothing where the whole is zero. */
export function shareTenths(part: Decimal, whole: Decimal): number | null {
  const [x, y] = aligned(part, whole);
  return y === 0n ? null : Number(quotient(x * 1000n, y));
}

/**
 * Parts rounded for show so that they add to the rounded total: each is rounded down, and the missing units go to the largest
 * remainders (Hamilton's method), ties to the earlier part. Where the parts do not add to the total they are rounded one by one.
 */
export function roundedToSum(parts: Decimal[], total: Decimal, places: number): Decimal[] {
  const scale = Math.max(places, total.scale, ...parts.map((part) => part.scale));
  const unit = power(scale - places);
  const exact = parts.map((part) => part.units * power(scale - part.scale));
  const whole = total.units * power(scale - total.scale);
  if (exact.reduce((sum, part) => sum + part, 0n) !== whole) return parts.map((part) => rounded(part, places));
  const floors = exact.map((part) => (part < 0n && part % unit !== 0n ? part / unit - 1n : part / unit));
  const missing = quotient(whole, unit) - floors.reduce((sum, part) => sum + part, 0n);
  const remainder = (index: number): bigint => exact[index]! - floors[index]! * unit;
  const order = parts.map((_, index) => index).sort((a, b) => (remainder(b) > remainder(a) ? 1 : remainder(b) < remainder(a) ? -1 : a - b));
  const raised = new Set(order.slice(0, Number(missing)));
  return floors.map((units, index) => ({ units: raised.has(index) ? units + 1n : units, scale: places }));
}

/** Parts rounded so that they sum to `target`, a figure that is shown already; what is left over goes to the largest. */
export function roundedTo(target: Decimal, parts: Decimal[]): Decimal[] {
  const exact = parts.map((part) => part.scale).reduce((a, b) => Math.max(a, b), 0);
  const sum = { units: parts.reduce((all, part) => all + rounded(part, exact).units, 0n), scale: exact };
  const figures = roundedToSum(parts, sum, target.scale);
  const rest = minus(target, shownSum(figures, target.scale)).units;
  const largest = figures.reduce((best, one, index) => (compare(absolute(one), absolute(figures[best]!)) > 0 ? index : best), 0);
  return figures.map((one, index) => (index === largest ? { units: one.units + rest, scale: one.scale } : one));
}

/** As plain text, with all its places. */
export function plain(value: Decimal): string {
  const digits = magnitude(value.units).toString().padStart(value.scale + 1, '0');
  const split = digits.length - value.scale;
  const fraction = value.scale > 0 ? `.${digits.slice(split)}` : '';
  return `${value.units < 0n ? '-' : ''}${digits.slice(0, split)}${fraction}`;
}

/** For drawing only: where a mark stands on a chart. No figure is made from it. */
export const drawn = (text: string): number => Number(text);
