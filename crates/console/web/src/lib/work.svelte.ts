import { answer, api, Failure, type Schemas } from '../api/client';
import { announce } from './announce.svelte';

type Run = Schemas['JobReport'];

/** A run that somebody has asked for here, and the page that it belongs to. */
interface Asked {
  id: string;
  page: string;
  run?: Run;
}

const ENDED = ['done', 'failed', 'cancelled'];
const KEPT = 'farthing.work';

/** Long work: it goes on while its page is left, is told of beside the page's name, and comes back when it has ended. */
class Work {
  all = $state.raw<Asked[]>(read());
  private next: ReturnType<typeof setTimeout> | undefined;
  private done = new Map<string, (run: Run) => void>();

  constructor() {
    if (this.all.length > 0) void this.look();
  }

  of(page: string): Asked[] {
    return this.all.filter((one) => one.page === page);
  }

  /** A run that was asked for on a page; `then` is told when it has ended, where the page is still there. */
  follow(run: Run, page: string, then: (run: Run) => void) {
    this.done.set(run.id, then);
    this.set([...this.all.filter((one) => one.id !== run.id), { id: run.id, page, run }]);
    clearTimeout(this.next);
    this.next = setTimeout(() => void this.look(), 500);
  }

  async cancel(id: string) {
    await answer(api.POST('/v1/jobs/{id}/cancel', { params: { path: { id } } }));
    await this.look();
  }

  private async look() {
    clearTimeout(this.next);
    const looked = await Promise.all(
      this.all.map(async (one): Promise<Asked | undefined> => {
        try {
          return { ...one, run: await answer(api.GET('/v1/jobs/{id}', { params: { path: { id: one.id } } })) };
        } catch (error) {
          // A run that is not there for whoever is logged in now is nobody's here; a server that is away comes back.
          return Failure.of(error).status === 0 ? one : undefined;
        }
      }),
    );
    const known = looked.filter((one) => one !== undefined);
    const ended = known.filter((one) => one.run && ENDED.includes(one.run.state));
    this.set(known.filter((one) => !ended.includes(one)));
    for (const { run } of ended) {
      announce(run!.state === 'done' ? `Done: ${run!.message ?? run!.job}` : `${run!.job} ${run!.state === 'failed' ? `failed: ${run!.message ?? 'it does not say why'}` : 'was cancelled'}`);
      this.done.get(run!.id)?.(run!);
      this.done.delete(run!.id);
    }
    if (this.all.length > 0) this.next = setTimeout(() => void this.look(), 1000);
  }

  private set(all: Asked[]) {
    this.all = all;
    try {
      sessionStorage.setItem(KEPT, JSON.stringify(all.map(({ id, page }) => ({ id, page }))));
    } catch {
      // It is followed for as long as this page is open.
    }
  }
}

function read(): Asked[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEPT) ?? '[]');
    return Array.isArray(kept) ? (kept as Asked[]).filter((one) => typeof one?.id === 'string' && typeof one?.page === 'string') : [];
  } catch {
    return [];
  }
}

export const work = new Work();
