import { answer, api } from '../api/client';
import { basis } from './basis.svelte';
import { many } from './format';
import { work } from './work.svelte';

/** What waits on a page: how many, and what they are for those who hear it. */
export interface Waits {
  number: number;
  says: string;
}

/** What waits for somebody, page by page, for beside the names in the contents. */
class Counts {
  private plans = $state(0);

  /** Read again with every page: what waits may have been dealt with on the one before. */
  async read() {
    try {
      const all = await answer(api.GET('/v1/recommendations', {}));
      this.plans = all.filter((one) => ['proposed', 'challenged'].includes(one.state) && !one.is_expired).length;
    } catch {
      // Who may not read them has none that wait.
      this.plans = 0;
    }
  }

  of(page: string): Waits | undefined {
    const running = work.of(page).length;
    if (running > 0) return { number: running, says: `${running} under way` };
    if (page === '/savings' && this.plans > 0) return { number: this.plans, says: `${many(this.plans, 'plan')} to decide on` };
    const open = basis.months.filter((line) => line.period === basis.period && line.totals.length > 0 && !line.closed).length;
    if (page === '/month-end' && open > 0) return { number: open, says: `${many(open, 'source')} not closed` };
    return undefined;
  }
}

export const counts = new Counts();
