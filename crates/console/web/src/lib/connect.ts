/** Connecting a source: what a form writes into the document of sources, and what a check found. */
import type { Schemas } from '../api/client';
import { count, many, month } from './format';
import { money, nothing, whole, words, type Row } from './ledger';

export type Field = Schemas['SourceField'];

/** What a file can hold, and what each is called by the API. */
export const CONTENTS = { billing: 'A bill', usage: 'Usage of models', decisions: 'Decisions' } as const;
export type Content = keyof typeof CONTENTS;

/** How usage is written. */
export const USAGE = {
  'request-trace': 'Requests, or usage by hour (CSV)',
  litellm: 'LiteLLM’s spend log',
  otlp: 'OpenTelemetry traces (JSON)',
  'openai-usage': 'Pages of OpenAI’s usage',
  'anthropic-usage': 'Pages of Anthropic’s usage report',
  'bedrock-log': 'Bedrock’s invocation log',
  langfuse: 'Langfuse’s observations',
  helicone: 'Helicone’s requests',
  prometheus: 'Answers of Prometheus',
} as const;

/** What a check found, as the run's result says it. */
export interface Checked {
  notes: string[];
  calls: number;
  imports: CheckedImport[];
}
export interface CheckedImport {
  source: string;
  dataset: string;
  rows: number;
  set_aside: number;
  files: { file: string; format: string; rows: number; set_aside: number; findings: Found[] }[];
  periods: { period: string; rows: number; totals: Schemas['PeriodTotal'][]; replaces: boolean }[];
}
export interface Found {
  rule: string;
  severity: string;
  column: string;
  count: number;
  rows: number[];
  value: string;
  message: string;
}

/** A name that a source may have, made of a file's: `acme-focus-2026-05.csv.gz` is of `acme-focus`. */
export function sourceOf(file: string): string {
  const base = file.replace(/^.*[/\\]/, '').replace(/(\.(csv|parquet|json|jsonl|ndjson|gz|zst|snappy))+$/i, '');
  return base.toLowerCase().replace(/[-_. ]*\d{4}[-_. ]?\d{2}([-_. ]?\d{2})?.*$/, '').replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 40);
}

/** A text of TOML, on one line. */
export const quoted = (text: string): string => JSON.stringify(text).replaceAll('\u007f', '\\u007f');

/** The name of a table: bare where TOML lets it be. */
const key = (name: string): string => (/^[A-Za-z0-9_-]+$/.test(name) ? name : quoted(name));

/** A source's table as a form writes it. What is left empty, or is as it would be anyway, is left out. */
export function sourceTable(name: string, kind: string, fields: Field[], values: Record<string, string | string[] | boolean>): string {
  const lines = fields.flatMap((field) => {
    const value = values[field.key];
    if (value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) return [];
    if (typeof value === 'boolean') return String(value) === field.default ? [] : [`${field.key} = ${value}`];
    if (Array.isArray(value)) return value.join(', ') === field.default ? [] : [`${field.key} = [${value.map(quoted).join(', ')}]`];
    if (value.trim() === field.default) return [];
    return [`${field.key} = ${field.form === 'address' ? address(value.trim()) : field.form === 'number' ? value.trim() : quoted(value.trim())}`];
  });
  return [`[source.${key(name)}]`, `kind = ${quoted(kind)}`, ...lines].join('\n') + '\n';
}

/** An address without encryption, or of the server itself, has to be allowed: whoever writes it down means it. */
function address(url: string): string {
  const plain = /^http:\/\//i.test(url);
  const here = /^https?:\/\/(localhost|127\.|\[::1\])/i.test(url);
  if (!plain && !here) return quoted(url);
  return `{ url = ${quoted(url)}${plain ? ', allow_http = true' : ''}${here ? ', allow_loopback = true' : ''} }`;
}

/** A document with one table more. */
export const withTable = (document: string, table: string): string => `${document.trim() === '' ? 'version = 1' : document.trimEnd()}\n\n${table}`;

/** A schedule's table. */
export const scheduleTable = (name: string, kind: string, cron: string, work: Record<string, string | string[]>): string =>
  ['[[schedule]]', `name = ${quoted(name)}`, `kind = ${quoted(kind)}`, `cron = ${quoted(cron)}`, `with = { ${Object.entries(work).map(([name, value]) => `${name} = ${Array.isArray(value) ? `[${value.map(quoted).join(', ')}]` : quoted(value)}`).join(', ')} }`].join('\n') + '\n';

/** `20,000 rows of April and May 2026; 12 would be set aside.` */
export function foundSays(checked: Checked): string {
  const rows = checked.imports.reduce((sum, one) => sum + one.rows, 0);
  const aside = checked.imports.reduce((sum, one) => sum + one.set_aside, 0);
  if (rows === 0) return 'There is nothing in it that could be imported.';
  const periods = new Set(checked.imports.flatMap((one) => one.periods.map((line) => line.period)));
  const names = [...periods].sort();
  const of = names.length === 1 ? month(names[0]!) : names.length > 1 ? `${many(names.length, 'month')}, ${month(names[0]!)} to ${month(names.at(-1)!)}` : 'no month';
  return `${many(rows, 'row')} of ${of}; ${aside === 0 ? 'none would be set aside' : `${count(aside)} would be set aside`}.`;
}

/** What a check found, by source and period; charges with their cost. */
export const foundRows = (checked: Checked): Row[] =>
  checked.imports.flatMap((one) =>
    one.periods.flatMap((line): Row[] => {
      const first = [words(month(line.period), { note: line.replaces ? 'replaces what is there' : undefined }), words(one.dataset === 'charges' ? one.source : `${one.source}, ${one.dataset}`), whole(line.rows)];
      if (line.totals.length === 0) return [{ cells: [...first, nothing, nothing, nothing] }];
      return line.totals.map((total, index) => ({ kind: index > 0 ? 'cont' : undefined, cells: [...(index > 0 ? [words(''), words(''), words('')] : first), money(total.billed), money(total.effective), words(total.currency)] }));
    }),
  );

/** Findings as rows: where, what, and what to do about it. */
export function findingRows(found: (Found | Schemas['FindingLine'])[], file?: string): Row[] {
  return found.map((one) => ({
    kind: one.severity === 'note' ? 'soft' : undefined,
    cells: [
      words(('file' in one ? one.file : file) ?? '', { note: one.rows.length > 0 ? `row ${one.rows.slice(0, 3).join(', ')}${one.rows.length > 3 ? ' …' : ''}` : undefined }),
      words(one.column || '–'),
      whole(one.count),
      words(one.severity, { tone: one.severity === 'error' ? 'worse' : undefined }),
      words(one.value ? `${one.message} (${one.value})` : one.message),
    ],
  }));
}
export const FINDINGS = [{ label: 'Where', wraps: true }, { label: 'Column', align: 'left' as const }, { label: 'Rows' }, { label: 'Weight', align: 'left' as const }, { label: 'Why, and what to do', align: 'left' as const, wraps: true }];
