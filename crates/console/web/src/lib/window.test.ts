import { describe, expect, it } from 'vitest';

import { HEIGHT, windowOf } from './window';

describe('the window of a long table', () => {
  it('holds the rows in view and some around them, and has the height of all', () => {
    const found = windowOf(3000, 600, 1000);
    expect(found).toEqual({ start: 80, end: 140, before: 2400, after: (1000 - 140) * HEIGHT });
  });

  it('begins at the first row and ends at the last', () => {
    expect(windowOf(0, 600, 1000)).toMatchObject({ start: 0, before: 0 });
    const end = windowOf(1000 * HEIGHT - 600, 600, 1000);
    expect([end.end, end.after]).toEqual([1000, 0]);
  });

  it('reaches every one of a million rows in a box that browsers bear', () => {
    const [length, high] = [1_000_000, 600];
    const tall = 15_000_000;
    for (const top of [0, 1, 5_000, 7_500_000, tall - high - 1, tall - high]) {
      const found = windowOf(top, high, length);
      expect(found.before + (found.end - found.start) * HEIGHT + found.after).toBeLessThanOrEqual(tall + 1);
      // What is drawn covers what is seen.
      expect(found.before).toBeLessThanOrEqual(top);
      expect(found.before + (found.end - found.start) * HEIGHT).toBeGreaterThanOrEqual(Math.min(top + high, tall));
    }
    expect(windowOf(0, high, length).start).toBe(0);
    expect(windowOf(tall - high, high, length).end).toBe(length);
  });

  it('has no rows where there are none', () => {
    expect(windowOf(0, 600, 0)).toEqual({ start: 0, end: 0, before: 0, after: 0 });
  });
});
