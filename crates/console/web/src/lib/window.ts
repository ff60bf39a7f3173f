/** The rows of a long table that are in the page, and the room of those before and after them, in pixels. */
export interface Window {
  start: number;
  end: number;
  before: number;
  after: number;
}

/** A row's height: rows of a long table do not wrap. */
export const HEIGHT = 30;
/** Rows beyond the view that are there already. */
const AROUND = 20;
/** Browsers have no taller boxes: in a table that would be taller, each pixel scrolled is more than one. */
const TALLEST = 15_000_000;

/**
 * The rows that are in view where the box is scrolled to `top` and `high` pixels of it are seen.
 */
export function windowOf(top: number, high: number, length: number): Window {
  const whole = length * HEIGHT;
  const tall = Math.min(whole, TALLEST);
  const room = Math.max(1, tall - high);
  const furthest = Math.max(0, length - high / HEIGHT);
  const first = whole === tall ? top / HEIGHT : (Math.min(top, room) / room) * furthest;
  const start = Math.max(0, Math.min(length, Math.floor(first)) - AROUND);
  const end = Math.min(length, start + Math.ceil(high / HEIGHT) + 2 * AROUND);
  const before = whole === tall ? start * HEIGHT : Math.max(0, Math.round(top - (first - start) * HEIGHT));
  return { start, end, before, after: Math.max(0, tall - before - (end - start) * HEIGHT) };
}
