import { Failure } from '../api/client';

/** Something read from the API: what there is of it, whether more is coming, and what went wrong. */
export class Reading<T> {
  value = $state.raw<T>();
  failure = $state.raw<Failure>();
  waiting = $state(true);
  private again = $state(0);

  /** `ask` is called again when what it reads of the page's state changes; the answer before is then given up. */
  constructor(ask: (signal: AbortSignal) => Promise<T>) {
    $effect(() => {
      void this.again;
      const giveUp = new AbortController();
      this.waiting = true;
      ask(giveUp.signal).then(
        (value) => {
          if (giveUp.signal.aborted) return;
          [this.value, this.failure, this.waiting] = [value, undefined, false];
        },
        (error: unknown) => {
          if (giveUp.signal.aborted) return;
          [this.failure, this.waiting] = [Failure.of(error), false];
        },
      );
      return () => giveUp.abort();
    });
  }

  refresh() {
    this.again += 1;
  }

  /** The last good figures stay when a later answer fails. */
  get stale(): boolean {
    return this.value !== undefined && this.failure !== undefined;
  }
}
