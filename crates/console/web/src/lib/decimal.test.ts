import { describe, expect, it } from 'vitest';

import { compare, decimal, minus, plain, rounded, roundedTo, roundedToSum, shareTenths } from './decimal';

const shown = (parts: string[], total: string, places = 2) => roundedToSum(parts.map(decimal), decimal(total), places).map(plain);

describe('decimals', () => {
  it('keep every place of an amount that a float could not hold', () => {
    expect(plain(decimal('9613.640774211100567049'))).toBe('9613.640774211100567049');
    expect(plain(minus(decimal('100000000000000000.01'), decimal('0.000000000000000001')))).toBe('100000000000000000.009999999999999999');
  });

  it('round half to even, negatives like positives', () => {
    expect(['0.125', '0.135', '-0.125', '-0.1350001', '2.5'].map((text) => plain(rounded(decimal(text), 2)))).toEqual(['0.12', '0.14', '-0.12', '-0.14', '2.50']);
  });

  it('refuse what is no plain decimal', () => {
    for (const text of ['', '1e3', 'NaN', '1,000', '.5', '0x10']) expect(() => decimal(text), text).toThrow(RangeError);
  });

  it('compare across scales', () => {
    expect(compare(decimal('1.10'), decimal('1.1'))).toBe(0);
    expect(compare(decimal('-2'), decimal('-1.99'))).toBe(-1);
  });

  it('give a share in tenths of a percent, and none of nothing', () => {
    expect(shareTenths(decimal('26461.11'), decimal('689795.65'))).toBe(38);
    expect(shareTenths(decimal('1'), decimal('0.00'))).toBeNull();
  });
});

describe('rounding so that what is shown adds up', () => {
  it('gives the missing cents to the largest remainders', () => {
    expect(shown(['0.333', '0.333', '0.334'], '1')).toEqual(['0.33', '0.33', '0.34']);
    expect(shown(['-0.005', '1.005'], '1')).toEqual(['0.00', '1.00']);
  });

  it('adds to the rounded total for many random parts, each within a cent of its own', () => {
    let seed = 1n;
    const next = () => (seed = (seed * 6364136223846793005n + 1442695040888963407n) % (1n << 64n));
    for (let run = 0; run < 200; run += 1) {
      const units = Array.from({ length: Number(next() % 12n) + 1 }, () => (next() % 20_000_000_000n) - 8_000_000_000n);
      const parts = units.map((one) => ({ units: one, scale: 7 }));
      const total = { units: units.reduce((sum, one) => sum + one, 0n), scale: 7 };
      const rounds = roundedToSum(parts, total, 2);
      expect(rounds.reduce((sum, one) => sum + one.units, 0n)).toBe(rounded(total, 2).units);
      for (const [index, one] of rounds.entries()) {
        const apart = one.units * 100_000n - parts[index]!.units;
        expect(apart < 100_000n && apart > -100_000n).toBe(true);
      }
    }
  });

  it('meets a sum that is shown already: what is left goes to the largest', () => {
    const to = (target: string, parts: string[]) => roundedTo(decimal(target), parts.map(decimal)).map(plain);
    expect(to('84228.48', ['84000.00', '228.4745'])).toEqual(['84000.01', '228.47']);
    expect(to('1.00', ['0.333', '0.333', '0.334'])).toEqual(['0.33', '0.33', '0.34']);
  });

  it('rounds one by one where the parts are not the whole', () => {
    expect(shown(['1.005', '1.006'], '5')).toEqual(['1.00', '1.01']);
  });
});
