import { Failure } from '../api/client';
import type { Row } from './ledger';

/** Rows that are fetched together. */
const PAGE = 200;
/** Pages that are kept; the furthest from what is in view go first. */
const KEPT = 60;

/** Rows of a long table, fetched as they come into view: page by page, and none that nobody waits for any more. */
export class Pages {
  private pages = $state.raw(new Map<number, Row[]>());
  failure = $state.raw<Failure>();
  private asked = new Map<number, AbortController>();
  private soon: ReturnType<typeof setTimeout> | undefined;
  private wanted: [number, number] = [0, 0];

  /** `fetch` gives rows from an offset on. */
  constructor(
    readonly length: number,
    private readonly fetch: (offset: number, limit: number, signal: AbortSignal) => Promise<Row[]>,
  ) {}

  row(index: number): Row | undefined {
    return this.pages.get(Math.floor(index / PAGE))?.[index % PAGE];
  }

  want(from: number, to: number) {
    this.wanted = [Math.floor(from / PAGE), Math.floor(Math.max(from, to - 1) / PAGE)];
    clearTimeout(this.soon);
    // Whoever scrolls on does not wait for what they pass by; the first rows are asked for at once.
    this.soon = setTimeout(() => this.fill(), this.pages.size === 0 ? 0 : 80);
  }

  /** Nothing more is asked for. */
  stop() {
    clearTimeout(this.soon);
    for (const one of this.asked.values()) one.abort();
    this.asked.clear();
  }

  private fill() {
    const [first, last] = this.wanted;
    for (const [page, asked] of this.asked) {
      if (page < first || page > last) {
        asked.abort();
        this.asked.delete(page);
      }
    }
    for (let page = first; page <= last && page * PAGE < this.length; page += 1) {
      if (!this.pages.has(page) && !this.asked.has(page)) void this.ask(page);
    }
  }

  private async ask(page: number) {
    const giveUp = new AbortController();
    this.asked.set(page, giveUp);
    try {
      const rows = await this.fetch(page * PAGE, PAGE, giveUp.signal);
      if (giveUp.signal.aborted) return;
      this.keep(page, rows);
      this.failure = undefined;
    } catch (error) {
      if (!giveUp.signal.aborted) this.failure = Failure.of(error);
    }
    if (this.asked.get(page) === giveUp) this.asked.delete(page);
  }

  private keep(page: number, rows: Row[]) {
    const far = (one: number) => Math.abs(one - this.wanted[0]);
    const kept = [...this.pages].sort(([a], [b]) => far(a) - far(b)).slice(0, KEPT - 1);
    this.pages = new Map([...kept, [page, rows]]);
  }
}
