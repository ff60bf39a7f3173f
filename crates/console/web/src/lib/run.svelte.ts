import { answer, api, Failure, type Schemas } from '../api/client';

type Job = Schemas['JobReport'];

/** How often a run is looked at, in milliseconds. */
const LOOK = 700;

/** A run of a job that somebody waits for: how far it is, and what came of it. Leaving the page leaves it alone. */
export class Run {
  job = $state.raw<Job>();
  /** Why it could not be asked for, or looked at. */
  failure = $state.raw<Failure>();
  asking = $state(false);
  private look: ReturnType<typeof setTimeout> | undefined;

  /** `ended` hears of a run that did its work. */
  constructor(private readonly ended: (job: Job) => unknown = () => undefined) {
    $effect(() => () => clearTimeout(this.look));
  }

  /** Asks for a run, and follows it. */
  async begin(ask: () => Promise<Job>) {
    if (this.busy) return;
    [this.asking, this.failure, this.job] = [true, undefined, undefined];
    try {
      this.follow(await ask());
    } catch (error) {
      this.failure = Failure.of(error);
    }
    this.asking = false;
  }

  follow(job: Job) {
    this.job = job;
    if (job.state === 'done') this.ended(job);
    else if (this.active) this.look = setTimeout(() => void this.again(), LOOK);
  }

  private async again() {
    if (!this.job) return;
    try {
      this.follow(await answer(api.GET('/v1/jobs/{id}', { params: { path: { id: this.job.id } } })));
      this.failure = undefined;
    } catch (error) {
      // The run goes on whether anybody can look at it or not.
      this.failure = Failure.of(error);
      this.look = setTimeout(() => void this.again(), 4 * LOOK);
    }
  }

  async cancel() {
    if (!this.job) return;
    try {
      await answer(api.POST('/v1/jobs/{id}/cancel', { params: { path: { id: this.job.id } } }));
    } catch (error) {
      this.failure = Failure.of(error);
    }
  }

  forget() {
    clearTimeout(this.look);
    [this.job, this.failure] = [undefined, undefined];
  }

  get active(): boolean {
    return this.job?.state === 'queued' || this.job?.state === 'running';
  }

  get busy(): boolean {
    return this.asking || this.active;
  }
}

/** Asks for a run of any kind of work. */
export const ask = (kind: string, work: object): Promise<Job> => answer(api.POST('/v1/jobs', { body: { kind, with: work as never } }));

/** Asks for a run of a schedule now. */
export const askSchedule = (schedule: string): Promise<Job> => answer(api.POST('/v1/jobs', { body: { schedule } as never }));
