import createClient from 'openapi-fetch';

import type { components, paths } from './schema';

export type Schemas = components['schemas'];

export const api = createClient<paths>({ baseUrl: location.origin });

/** Lists come in pages. Whoever asks for no page of their own gets all rows. */
api.use({
  async onResponse({ request, response }) {
    const asked = new URL(request.url).searchParams;
    if (!response.ok || asked.has('limit') || asked.has('cursor')) return undefined;
    let next = following(response);
    if (!next) return undefined;
    const rows = (await response.clone().json()) as unknown;
    if (!Array.isArray(rows)) return undefined;
    while (next) {
      const page = await fetch(new URL(next, request.url), { headers: request.headers, signal: request.signal });
      if (!page.ok) return page;
      rows.push(...((await page.json()) as unknown[]));
      next = following(page);
    }
    return new Response(JSON.stringify(rows), { status: response.status, headers: { 'Content-Type': 'application/json' } });
  },
});

/** The address of the next page. */
function following(response: Response): string | undefined {
  return /<([^>]*)>; rel="next"/.exec(response.headers.get('Link') ?? '')?.[1];
}

/** What the API answered instead: the problem document says what, where, why and the next step. */
export class Failure extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    detail: string,
    /** What the program's log has it under. */
    readonly id: string | null = null,
  ) {
    super(detail);
  }

  static of(error: unknown): Failure {
    if (error instanceof Failure) return error;
    if (error instanceof Error && error.name === 'AbortError') return new Failure(0, 'Stopped', 'It was stopped before its end.');
    const unreachable = 'The program does not answer. Is `farthing serve` still running?';
    return new Failure(0, 'Not reached', error instanceof TypeError ? unreachable : String(error));
  }

  /** There is nothing yet, as opposed to something broken. */
  get missing(): boolean {
    return this.status === 404;
  }
}

/** The answer's body, or the failure thrown. */
export async function answer<T>(asked: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await asked;
  if (data !== undefined) return data;
  const problem = (error ?? {}) as { title?: string; detail?: string };
  throw new Failure(response.status, problem.title ?? response.statusText, problem.detail ?? 'The answer had no content.', response.headers.get('x-request-id'));
}

/** One of the reports where there is one a currency: that of the currency asked for, else the first. */
export function ofCurrency<T extends { currency: string }>(answered: T | T[], currency: string | null): T {
  const reports = Array.isArray(answered) ? answered : [answered];
  const found = reports.find((report) => report.currency === currency) ?? reports[0];
  if (!found) throw new Failure(404, 'Not Found', 'There are no charges in this period.');
  return found;
}

/** Rows of a read-only query; decimals are strings. */
export function rows<T>(query: string, parameters: unknown[], period: string | null, signal: AbortSignal): Promise<T[]> {
  const body = { query, parameters, period } as never;
  return answer(api.POST('/v1/sql', { body, signal })) as Promise<T[]>;
}
