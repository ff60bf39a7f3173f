import { describe, expect, it } from 'vitest';

import { change, commaSeparated, copied, money, parts, words, type Column, type Row } from './ledger';

const columns: Column[] = [{ label: 'Unit' }, { label: 'USD' }];
const row = (name: string, amount: string): Row => ({ cells: [words(name), money(amount)] });

describe('a table', () => {
  it('is copied with all decimals, and stays a table', () => {
    expect(copied(columns, [row('A\tb\nc', '-1.000000000000000001')])).toBe('Unit\tUSD\nA b c\t-1.000000000000000001');
  });

  it('is no formula in a spreadsheet', () => {
    const rows = [row('=HYPERLINK("x")', '-1.5'), row('@cmd', '2'), row('-2+3', '1'), row('plain, with comma', '0')];
    expect(commaSeparated(columns, rows).split('\r\n')).toEqual(['Unit,USD', '"\'=HYPERLINK(""x"")",-1.5', "'@cmd,2", "'-2+3,1", '"plain, with comma",0', '']);
  });

  it('shows parts that add to the total', () => {
    expect(parts(['33.333', '33.333', '33.334'], '100')).toEqual(['33.33', '33.33', '33.34']);
  });

  it('marks an increase of a tenth or more by glyph and colour, and no smaller one', () => {
    expect(change(100)).toMatchObject({ tone: 'worse', glyph: '▲' });
    expect(change(99).tone).toBeUndefined();
    expect(change(-500).tone).toBeUndefined();
    expect(change(null).show).toBe('–');
  });
});
