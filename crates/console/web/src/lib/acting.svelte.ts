import { Failure } from '../api/client';

/** Something that somebody does: whether it is under way, and why it was refused last. */
export class Acting {
  busy = $state(false);
  failure = $state.raw<Failure>();

  async run(what: () => Promise<unknown>) {
    this.busy = true;
    this.failure = undefined;
    try {
      await what();
    } catch (error) {
      this.failure = Failure.of(error);
    }
    this.busy = false;
  }
}
