import { Failure } from '../api/client';

/** Something read from the API: what there is of it, whether more is coming, and what went wrong. */
export class Reading<T> {
  value = $state.raw<T>();
  failure = $state.raw<Failure>();
  waiting = $state(true);
  /** When the last good answer came. */
  at = $state.raw<Date>();
  private again = $state(0);
  private giveUp = new AbortController();

  /** `ask` is called again when what it reads of the page's state changes; the answer before is then given up. */
  constructor(ask: (signal: AbortSignal) => Promise<T>) {
    $effect(() => {
      void this.again;
      const giveUp = new AbortController();
      this.giveUp = giveUp;
      this.waiting = true;
      ask(giveUp.signal).then(
        (value) => {
          if (giveUp.signal.aborted) return;
          [this.value, this.failure, this.waiting, this.at] = [value, undefined, false, new Date()];
          heard.at = this.at;
        },
        (error: unknown) => {
          if (giveUp.signal.aborted) return;
          [this.failure, this.waiting] = [Failure.of(error), false];
        },
      );
      return () => giveUp.abort();
    });
    $effect(() => {
      heard.all.add(this as Reading<unknown>);
      return () => heard.all.delete(this as Reading<unknown>);
    });
  }

  refresh() {
    this.again += 1;
  }

  /** Waits no longer; what was there stays. */
  cancel() {
    this.giveUp.abort();
    [this.failure, this.waiting] = [new Failure(0, 'Stopped', 'You stopped it before its end.'), false];
  }

  /** The last good figures stay when a later answer fails. */
  get stale(): boolean {
    return this.value !== undefined && this.failure !== undefined;
  }
}

/** All that the page reads now, and when the last of it came. */
class Heard {
  readonly all = new Set<Reading<unknown>>();
  at = $state.raw<Date>();

  refresh() {
    for (const one of this.all) one.refresh();
  }
}

export const heard = new Heard();
