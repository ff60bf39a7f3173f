import { describe, expect, it } from 'vitest';

import { foundSays, quoted, scheduleTable, sourceOf, sourceTable, withTable, type Checked, type Field } from './connect';

const field = (key: string, form: Field['form'], fallback = ''): Field => ({ key, label: key, about: '', form, required: false, default: fallback, choices: ['a', 'b'] });
const checked = (periods: string[], rows = 10, aside = 0): Checked => ({
  notes: [],
  calls: 0,
  imports: [{ source: 's', dataset: 'charges', rows, set_aside: aside, files: [], periods: periods.map((period) => ({ period, rows, totals: [], replaces: false })) }],
});

describe('the name of a source', () => {
  it('is what stands before the month in a file’s name', () => {
    expect(sourceOf('acme-focus-2026-05.csv.gz')).toBe('acme-focus');
    expect(sourceOf('C:\\bills\\Azure Export_20260501-20260531.parquet')).toBe('azure-export');
    expect(sourceOf('bill.csv')).toBe('bill');
    expect(sourceOf('2026-05.csv')).toBe('');
  });
});

describe('what a form writes', () => {
  it('leaves out what is empty or would hold anyway', () => {
    const fields = [field('admin_key', 'secret', 'KEY'), field('costs', 'flag', 'true'), field('region', 'text', 'us-east-1'), field('services', 'choices', 'a, b')];
    expect(sourceTable('openai', 'openai', fields, { admin_key: 'KEY', costs: true, region: '', services: ['a', 'b'] })).toBe('[source.openai]\nkind = "openai"\n');
    expect(sourceTable('my ai', 'openai', fields, { admin_key: 'OTHER', costs: false, region: ' eu ', services: ['b'] })).toBe('[source."my ai"]\nkind = "openai"\nadmin_key = "OTHER"\ncosts = false\nregion = "eu"\nservices = ["b"]\n');
  });

  it('allows an address without encryption, or of this machine, in so many words', () => {
    const of = (url: string) => sourceTable('s', 'litellm', [field('endpoint', 'address')], { endpoint: url }).split('endpoint = ')[1]!.trim();
    expect(of('https://llm.example')).toBe('"https://llm.example"');
    expect(of('http://llm.internal:4000')).toBe('{ url = "http://llm.internal:4000", allow_http = true }');
    expect(of('http://127.0.0.1:4000')).toBe('{ url = "http://127.0.0.1:4000", allow_http = true, allow_loopback = true }');
    expect(of('https://localhost')).toBe('{ url = "https://localhost", allow_loopback = true }');
  });

  it('breaks out of no text', () => {
    expect(quoted('a"b\\c\n\u007f')).toBe('"a\\"b\\\\c\\n\\u007f"');
    expect(withTable('', '[source.a]\n')).toBe('version = 1\n\n[source.a]\n');
    expect(withTable('version = 1 # ours\n\n', '[source.a]\n')).toBe('version = 1 # ours\n\n[source.a]\n');
    expect(scheduleTable('bills of "a"', 'import-billing', '0 6 * * *', { source: 'a', paths: ['/b', 's3://c/'] })).toContain('with = { source = "a", paths = ["/b", "s3://c/"] }');
  });
});

describe('what a check found', () => {
  it('is said in one sentence', () => {
    expect(foundSays(checked(['2026-05'], 1204))).toBe('1,204 rows of May 2026; none would be set aside.');
    expect(foundSays(checked(['2026-05', '2026-04'], 1, 1))).toBe('1 row of 2 months, April 2026 to May 2026; 1 would be set aside.');
    expect(foundSays(checked([], 0))).toBe('There is nothing in it that could be imported.');
  });
});
