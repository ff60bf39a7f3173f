// From an empty home to a first chargeback, by clicks and keys alone: the sample organisation, a bill of one's own, a service; and who is told.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { serveHome } from './home.js';

const run = promisify(execFile);
const text = (locator) => locator.innerText();
const digits = (words) => words.replace(/[^0-9.]/g, '');
const LONG = { timeout: 240_000 };
/** 32 bytes, as Standard Webhooks writes keys. */
const SIGNING_KEY = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

/** What answers on this machine, as the service or receiver that the program is told of. */
async function listening(answers) {
  const server = createServer(answers).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { address: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

/** A proxy of models with three calls on the first day of each month: what LiteLLM answers, page by page. */
function litellm(request, response) {
  const asked = new URL(request.url, 'http://here').searchParams;
  const [from, to] = ['start_date', 'end_date'].map((name) => asked.get(name));
  const call = (id, at) => ({ request_id: id, startTime: at, endTime: at, model: 'gpt-4o', spend: 0.25, prompt_tokens: 700, completion_tokens: 100, api_key: 'hashed' });
  const first = `${from.slice(0, 7)}-01 0`;
  const calls = ['1:00:00', '2:00:00', '3:00:00'].map((time, at) => [`${first}${time}`, at]).filter(([time]) => time >= from && time <= to);
  const data = calls.map(([time, at]) => call(`${from.slice(0, 7)}-${at}`, `${time.replace(' ', 'T')}Z`));
  const known = request.headers.authorization === 'Bearer sk-browser';
  response.writeHead(known ? 200 : 401, { 'content-type': 'application/json' });
  response.end(JSON.stringify(known ? { data, total: data.length, page: 1, page_size: 100, total_pages: 1, total_is_capped: false } : { error: 'who are you' }));
}

/** Serves empty homes, and gives what is checked on them. */
export async function firstRuns(binary, { accessible, fits }) {
  const folder = mkdtempSync(join(tmpdir(), 'farthing-first-'));
  await run(binary, ['demo', '--only-write', join(folder, 'bills'), '--rows', '3000']);
  const bill = (name) => join(folder, 'bills/bill/first', name);
  const proxy = await listening(litellm);
  const told = [];
  const receiver = await listening((request, response) => {
    told.push(request.headers['webhook-id']);
    response.writeHead(told.length === 1 ? 410 : 204).end();
  });
  const settings = { LITELLM_API_KEY: 'sk-browser', OPS_KEY: SIGNING_KEY };
  const homes = await Promise.all(['sample', 'own'].map((name) => serveHome(binary, join(folder, name), settings)));
  const [sample, own] = homes.map((one) => one.origin);
  const go = async (page, origin, path) => {
    await page.goto(origin + path);
    await page.locator('main h1').waitFor();
    await page.waitForLoadState('networkidle');
  };
  const api = (page, path) => page.evaluate(async (asked) => (await fetch(asked)).json(), path);
  const looked = async (page, path) => {
    await accessible(page);
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 844 });
      assert.equal(await fits(page), 0, `${path} is wider than ${width} pixels`);
    }
  };

  const checks = [
    ['an empty home offers two ways, and pages that need no bill are there', async (page) => {
      await go(page, sample, '/');
      assert.match(await text(page.locator('h1')), /no bill here yet/);
      await page.getByRole('button', { name: 'Load the sample organisation' }).waitFor();
      await looked(page, '/');
      for (const path of ['/sources', '/sources?connect=upload', '/sources?connect=server', '/sources?connect=litellm', '/sources?connect=aws-cost-explorer', '/alerts', '/audit', '/administration']) {
        await go(page, sample, path);
        await looked(page, path);
      }
      await page.emulateMedia({ colorScheme: 'dark' });
      for (const path of ['/', '/sources?connect=litellm', '/alerts']) {
        await go(page, sample, path);
        await accessible(page);
      }
    }],

    ['the sample organisation is loaded by keyboard, shows how far it is, and ends on its chargeback', async (page) => {
      await go(page, sample, '/');
      await page.getByRole('button', { name: 'Load the sample organisation' }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('status').filter({ hasText: 'Loading the sample organisation' }).waitFor();
      // Whoever comes back finds it under way.
      await page.reload();
      await page.getByText(/Loading the sample organisation: [\d,]+ of [\d,]+/).waitFor(LONG);
      await page.getByRole('heading', { name: /^May cost / }).waitFor(LONG);
      const { billed_total: total, proven } = await api(page, '/v1/chargeback?period=2026-05&cost=effective');
      assert.ok(proven);
      assert.ok(Math.abs(Number(digits(await text(page.locator('h1 .fig')))) - Number(total)) <= 0.005);
      await page.getByRole('row', { name: /^Claims/ }).first().waitFor();
      // A second time its figures would stand among those that are there.
      const refused = await page.evaluate(async () => {
        const answer = await fetch('/v1/sample', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
        return [answer.status, (await answer.json()).detail];
      });
      assert.equal(refused[0], 409);
      assert.match(refused[1], /loaded already/);
      const record = await api(page, '/v1/audit?limit=1000');
      const asked = record.entries.filter((one) => one.action === 'job.asked' && one.details.kind === 'load-sample');
      assert.equal(asked.length, 1);
    }],

    ['a file that is no bill is refused in words, and nothing is imported', async (page) => {
      await go(page, own, '/');
      await page.getByRole('link', { name: 'Connect a source' }).click();
      await page.waitForURL(/connect=upload/);
      const file = join(folder, 'notes.csv');
      writeFileSync(file, 'when,what\n2026-05-01,lunch\n');
      await page.getByLabel('Files', { exact: true }).setInputFiles(file);
      await page.getByRole('button', { name: 'Check' }).click();
      const notice = page.locator('.notice.error');
      await notice.waitFor(LONG);
      assert.match(await text(notice), /notes\.csv/);
      assert.equal(await page.getByRole('button', { name: /^Import it/ }).count(), 0);
      assert.deepEqual((await api(page, '/v1/status')).periods, []);
    }],

    ['a bill is sent, checked, imported, and charged by the first rules', async (page) => {
      await go(page, own, '/sources?connect=upload');
      await page.getByLabel('Files', { exact: true }).setInputFiles([bill('aws-2026-04.csv.gz'), bill('aws-2026-05.csv.gz')]);
      assert.equal(await page.getByRole('textbox', { name: /^Source/ }).inputValue(), 'aws');
      await page.getByRole('button', { name: 'Check' }).click();
      const found = page.getByRole('region', { name: 'What was found' });
      await found.waitFor(LONG);
      assert.match(await text(found), /2 months, April 2026 to May 2026/);
      assert.match(await text(found.getByRole('row', { name: /^May 2026/ })), /[\d,]+\.\d\d\s+[\d,]+\.\d\d\s+USD/);
      assert.deepEqual((await api(page, '/v1/status')).periods, []);
      await accessible(page);
      await page.getByRole('button', { name: 'Import it as aws' }).click();
      await page.getByText(/^Imported: /).waitFor(LONG);
      const start = page.getByRole('region', { name: 'Who pays? Rules to begin with' });
      await start.waitFor();
      // What every unit would take adds up to what is shown, and that to the bill.
      const offer = await api(page, '/v1/rules/start?period=2026-05');
      const way = offer.ways[0];
      const cents = (amount) => Math.round(Number(amount) * 100);
      assert.ok(Math.abs(way.units.reduce((sum, unit) => sum + cents(unit.amount), 0) - cents(way.attributed)) <= way.units.length);
      const { billed_total: total } = await api(page, '/v1/chargeback?period=2026-05&cost=effective');
      assert.equal(offer.total, total);
      await looked(page, 'the starting rules');
      await page.getByLabel('One unit for each').selectOption(way.by);
      await page.getByRole('link', { name: 'Edit and publish these rules' }).click();
      await page.waitForURL(/\/rules\?.*start=/);
      await page.getByRole('button', { name: /^Publish these rules: \d+ rules? moves? / }).click();
      await page.getByRole('heading', { name: /^May cost / }).waitFor(LONG);
      // What the offer said each unit takes is what it is charged.
      const statement = await api(page, '/v1/chargeback?period=2026-05&cost=effective');
      for (const unit of way.units) {
        const charged = statement.units.find((one) => one.unit === unit.unit);
        assert.equal(Number(charged?.total?.amount ?? charged?.total ?? 0), Number(unit.amount), unit.unit);
      }
    }],

    ['a source says how it does, what was found in it, and what became of its runs', async (page) => {
      await go(page, own, '/sources');
      assert.match(await text(page.locator('h1')), /^The one source was read without a failure\.$/);
      await page.getByRole('group', { name: 'Sources' }).getByRole('link', { name: 'aws' }).click();
      await page.waitForURL(/source=aws/);
      const runs = page.getByRole('group', { name: 'Runs of aws' });
      await runs.getByRole('row', { name: /done/ }).first().waitFor();
      const deliveries = page.getByRole('group', { name: 'Deliveries of aws' });
      await deliveries.getByRole('row', { name: /^May 2026/ }).waitFor();
      const link = deliveries.getByRole('link').first();
      if (await link.count()) {
        await link.click();
        await page.getByRole('group', { name: 'Findings' }).getByRole('row').nth(1).waitFor();
      }
      await looked(page, '/sources?source=aws');
    }],

    ['a service without its key is refused in words; with it, it is checked, kept, collected and asked again', async (page) => {
      await go(page, own, '/sources?connect=openai');
      await page.getByRole('button', { name: 'Check' }).click();
      await page.locator('.notice.error').waitFor(LONG);
      assert.match(await text(page.locator('.notice.error')), /the secret OPENAI_ADMIN_KEY is not set/);
      await page.getByLabel('What to connect').selectOption('litellm');
      await page.getByLabel(/^Address/).fill(proxy.address);
      await page.getByText('What is written into the document of sources').click();
      assert.match(await text(page.locator('pre')), /allow_http = true, allow_loopback = true/);
      await page.getByRole('button', { name: 'Check' }).click();
      const found = page.getByRole('region', { name: 'What was found' });
      await found.waitFor(LONG);
      assert.match(await text(found), /3 rows of /);
      assert.equal((await api(page, '/v1/status')).periods.some((one) => one.source === 'litellm'), false);
      await page.getByRole('button', { name: 'Keep litellm and collect it' }).click();
      await page.getByText(/^Collected: /).waitFor(LONG);
      const status = await api(page, '/v1/status');
      assert.ok(status.periods.some((one) => one.source === 'litellm' && one.dataset === 'usage'));
      assert.ok(status.schedules.some((one) => one.source === 'litellm' && one.next_at));
      assert.doesNotMatch(await page.evaluate(async () => (await fetch('/v1/documents/sources')).text()), /sk-browser/);
      await go(page, own, '/sources?source=litellm');
      await page.getByRole('button', { name: 'Run it now' }).click();
      await page.getByText(/^Done: /).waitFor(LONG);
    }],

    ['who is told of what is written, tried, changed and sent again', async (page) => {
      await go(page, own, '/alerts');
      const publish = page.getByRole('button', { name: 'Publish' });
      assert.equal(await publish.getAttribute('aria-disabled'), 'true');
      const field = page.getByLabel('The document of alerts, TOML');
      await field.fill('version = 1\n[channel.ops]\nkind = "webhook"\n');
      await page.locator('.notice.error').waitFor();
      assert.match(await text(page.locator('.notice.error')), /channel ops: /);
      await field.fill(`version = 1\n# hooks of operations\n[channel.ops]\nkind = "webhook"\nurl = "${receiver.address}/hook"\nsigning_key = "OPS_KEY"\nallow_http = true\nallow_loopback = true\nevents = ["close"]\n`);
      await page.getByText(/Nothing is wrong with it: who is told: ops/).waitFor();
      await publish.click();
      await page.getByRole('heading', { name: /^One channel is told/ }).waitFor();
      await page.getByRole('group', { name: 'Channels' }).getByRole('link', { name: 'ops' }).click();
      await page.waitForURL(/channel=ops/);
      // The first message is refused for good, the next is taken.
      await page.getByRole('button', { name: 'Send a test now' }).click();
      await page.getByText('Not delivered').waitFor(LONG);
      await page.getByRole('button', { name: 'Send a test now' }).click();
      await page.getByText('Delivered', { exact: true }).waitFor(LONG);
      // By keyboard alone: a digest, and another clock.
      await page.getByRole('combobox', { name: /^Told/ }).focus();
      await page.keyboard.press('ArrowDown');
      await page.getByLabel('On whose clock').fill('Mars/Olympus');
      await page.getByText(/no zone of the IANA database/).waitFor();
      await page.getByLabel('On whose clock').fill('Europe/Berlin');
      await page.getByLabel('Saturday').check();
      await looked(page, '/alerts?channel=ops');
      await page.getByLabel('On whose clock').focus();
      await page.keyboard.press('Enter');
      await page.getByText(/^Kept: /).waitFor();
      const kept = await page.evaluate(async () => (await fetch('/v1/documents/alerts')).text());
      for (const line of ['# hooks of operations', 'digest = "daily"', 'quiet_days = ["SAT"]', 'time_zone = "Europe/Berlin"', 'events = ["close"]']) assert.ok(kept.includes(line), `${line}: ${kept}`);
      // And the document on the page is the one in force.
      await page.waitForFunction(() => document.querySelector('.editor textarea')?.value.includes('Europe/Berlin'));
      const record = await api(page, '/v1/audit?action=document.published&limit=1');
      assert.match(JSON.stringify(record), /document alerts/);
    }],
  ];

  const stop = async () => {
    await Promise.all(homes.map((one) => one.stop()));
    proxy.close();
    receiver.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { origins: [sample, own], checks, stop };
}
