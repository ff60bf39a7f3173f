import { afterEach, describe, expect, it, vi } from 'vitest';

import { column, count, day, delta, exact, listed, many, moment, month, percent, prose, typed } from './format';

const inLocale = (language: string) => vi.stubGlobal('navigator', { language });
afterEach(() => vi.unstubAllGlobals());

describe('figures', () => {
  it('stand in parentheses in columns and with a minus sign in prose', () => {
    inLocale('en-US');
    expect(column('-1234.5')).toBe('(1,234.50)');
    expect(prose('-1234.5')).toBe('\u22121,234.50');
    expect(column('-0.001')).toBe('0.00');
  });

  it('keep all digits of amounts beyond what a float holds', () => {
    inLocale('en-US');
    expect(exact('123456789012345678.123456789012345678')).toBe('123,456,789,012,345,678.123456789012345678');
    expect(count('90071992547409931')).toBe('90,071,992,547,409,931');
  });

  it('have the separators of the reader', () => {
    inLocale('de-DE');
    expect(column('1234567.891')).toBe('1.234.567,89');
    inLocale('en-IN');
    expect(column('12345678.9')).toBe('1,23,45,678.90');
  });

  it('write changes with sign, one decimal and a thin space', () => {
    inLocale('en-US');
    expect([delta(31), delta(-39), delta(0), percent(1000)]).toEqual(['+3.1\u202f%', '\u22123.9\u202f%', '0.0\u202f%', '100.0\u202f%']);
  });
});

describe('words', () => {
  it('name months and moments in UTC', () => {
    expect(month('2026-05')).toBe('May 2026');
    expect(moment('2026-06-03T04:00:59.9Z')).toBe('2026-06-03 04:00 UTC');
  });

  it('count and list', () => {
    inLocale('en-US');
    expect([many(1, 'charge'), many(1200, 'charge')]).toEqual(['1 charge', '1,200 charges']);
    expect(listed(['a', 'b', 'c'])).toBe('a, b and c');
  });

  it('write days and moments as they are written where the reader is', () => {
    inLocale('en-GB');
    expect([day('2026-05-07'), moment('2026-06-03T04:00:59Z')]).toEqual(['7 May', '2026-06-03 04:00 UTC']);
    inLocale('en-US');
    expect(day('2026-05-07')).toBe('May 7');
    inLocale('de-DE');
    expect([day('2026-05-07'), moment('2026-06-03T04:00:59Z'), month('2026-05')]).toEqual(['07.05.', '03.06.2026 04:00 UTC', 'May 2026']);
  });
});

describe('what is typed', () => {
  it('is understood with the separators of the reader, or plain', () => {
    inLocale('en-US');
    expect(['1,234.56', ' 1234.56 ', '-5'].map(typed)).toEqual(['1234.56', '1234.56', '-5']);
    inLocale('de-DE');
    expect(['1.234,56', '1234,56', '1234.56', '1.234', '\u22125'].map(typed)).toEqual(['1234.56', '1234.56', '1234.56', '1234', '-5']);
    inLocale('de-CH');
    expect(typed('1\u2019234.56')).toBe('1234.56');
  });
});
