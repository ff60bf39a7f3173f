import { answer, api, type Schemas } from '../api/client';
import { router } from './router.svelte';

export type Cost = Schemas['Cost'];
export const COSTS: Record<Cost, string> = { effective: 'Effective cost', billed: 'Billed cost', contracted: 'Contracted cost', list: 'List cost' };

/** What every figure rests on: organisation, period, currency and kind of cost. It is in the address. */
class Basis {
  /** Every source and month that there is. */
  months = $state.raw<Schemas['PeriodLine'][]>([]);
  units = $state.raw<Schemas['UnitLine'][]>([]);
  ready = $state(false);
  failed = $state.raw<unknown>();

  async read() {
    try {
      this.months = await answer(api.GET('/v1/periods'));
      this.units = await answer(api.GET('/v1/units')).catch(() => []);
      this.failed = undefined;
    } catch (error) {
      this.failed = error;
    }
    this.ready = true;
  }

  /** Months with charges, the newest first. */
  get periods(): string[] {
    return [...new Set(this.months.filter((line) => line.totals.length > 0).map((line) => line.period))].sort().reverse();
  }

  get period(): string {
    const asked = router.get('period');
    // What is no month cannot be shown as one.
    return asked !== null && /^\d{4}-(0[1-9]|1[0-2])$/.test(asked) ? asked : (this.periods[0] ?? '');
  }

  /** The month before, where there is one. */
  get previous(): string | undefined {
    return this.periods.find((period) => period < this.period);
  }

  get cost(): Cost {
    const asked = router.get('cost');
    return asked !== null && asked in COSTS ? (asked as Cost) : 'effective';
  }

  get currencies(): string[] {
    return [...new Set(this.months.filter((line) => line.period === this.period).flatMap((line) => line.totals.map((total) => total.currency)))].sort();
  }

  get currency(): string {
    return router.get('currency') ?? this.currencies[0] ?? 'USD';
  }

  get organisation(): string {
    const top = this.units.filter((unit) => unit.parent === null || unit.parent === undefined);
    return top.length === 1 ? top[0]!.name : 'All units';
  }

  get names(): Map<string, string> {
    return new Map(this.units.map((unit) => [unit.unit, unit.name]));
  }
}

export const basis = new Basis();
