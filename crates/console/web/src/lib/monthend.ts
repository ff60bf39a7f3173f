import type { Schemas } from '../api/client';
import { decimal, isZero, shareTenths } from './decimal';
import { many, percent, size } from './format';

export interface Check {
  name: string;
  state: 'ok' | 'open' | 'stop';
  value: string;
  why?: string;
}

/** What stands between a month and its close; the last line of each is its difference. */
export function checklist(found: Schemas['Statement'], sources: Schemas['PeriodLine'][], journal: Schemas['Journal'] | undefined): Check[] {
  const zero = (amount: string) => isZero(decimal(amount));
  const share = shareTenths(decimal(found.unattributed_total), decimal(found.billed_total)) ?? 0;
  const late = sources.filter((line) => line.late_revision);
  const open = sources.filter((line) => !line.closed && line.totals.length > 0);
  const balanced = journal && journal.debit_total === journal.credit_total;
  return [
    { name: 'Statement ties to charges', state: zero(found.difference) ? 'ok' : 'stop', value: size(found.difference) },
    { name: 'Proven', state: found.proven ? 'ok' : 'stop', value: found.proven ? 'yes' : 'no', why: found.problems[0] },
    { name: 'Unattributed under 1 %', state: share < 10 ? 'ok' : 'open', value: percent(share), why: share < 10 ? undefined : 'Give the rules more to go by, or close with it.' },
    ...(journal ? [{ name: 'Journal balances', state: balanced ? ('ok' as const) : ('stop' as const), value: balanced ? size('0') : 'no' }] : []),
    ...(late.length > 0 ? [{ name: 'Nothing came after the close', state: 'open' as const, value: many(late.length, 'source'), why: late.map((line) => line.source).join(', ') }] : []),
    { name: 'Sources closed', state: open.length === 0 ? 'ok' : 'open', value: open.length === 0 ? 'all' : many(open.length, 'open', 'open'), why: open.length > 0 ? open.map((line) => line.source).join(', ') : undefined },
  ];
}
