// What each page is for, done from end to end.
import assert from 'node:assert/strict';

import { PAGES } from './home.js';

const text = (locator) => locator.innerText();
const digits = (words) => words.replace(/[^0-9.]/g, '');

export function tasks({ go, HOSTILE }) {
  const api = (page, path) => page.evaluate(async (asked) => (await fetch(asked)).json(), path);
  const query = (page, sql, parameters, period) =>
    page.evaluate(async (body) => (await fetch('/v1/sql', { method: 'POST', headers: { 'content-type': 'application/json', accept: 'application/json' }, body: JSON.stringify(body) })).json(), { query: sql, parameters, period });

  /** The newest fleet plan, with all that it says. */
  const fleet = async (page) => {
    const [{ id }] = await api(page, '/v1/recommendations?kind=fleet');
    return api(page, `/v1/recommendations/${id}`);
  };
  /** A step of a recommendation: what it asks for beside name and reason is opened first. */
  const step = async (page, what, name, reason = '', fields = {}) => {
    const form = page.locator('.approve form').first();
    const button = (words) => form.getByRole('button', { name: words });
    if (Object.keys(fields).length > 0) {
      const opening = button(`${what} …`);
      if ((await opening.count()) > 0) await opening.click();
      for (const [label, value] of Object.entries(fields)) await form.getByLabel(label).fill(value);
    }
    await form.getByLabel('Your name, kept in the record').fill(name);
    await form.getByLabel(/^Reason/).fill(reason);
    await button(new RegExp(`^${what}(?! …| in spite)`)).click();
  };
  /** What a button gives to keep. */
  const file = async (page, press) => {
    const [download] = await Promise.all([page.waitForEvent('download'), press()]);
    const chunks = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk);
    return { name: download.suggestedFilename(), content: Buffer.concat(chunks) };
  };

  return [
    ['the overview says what the month cost, to the cent', async (page) => {
      await go(page, '/?period=2026-05');
      const { billed_total: total } = await api(page, '/v1/chargeback?period=2026-05&cost=effective');
      const figure = digits(await text(page.locator('h1 .fig')));
      assert.ok(Math.abs(Number(figure) - Number(total)) <= 0.005, `${figure} for ${total}`);
      assert.match(await text(page.locator('main')), /Ties out/);
    }],

    ['a figure of the overview opens the charges behind it, beside the table, and closes again', async (page) => {
      await go(page, '/?period=2026-05');
      const figure = page.getByRole('row', { name: /^Claims triage/ }).getByRole('link').nth(1);
      const shown = await text(figure);
      await figure.click();
      const panel = page.locator('#explain');
      await panel.locator('.big').waitFor();
      assert.equal(digits(await text(panel.locator('.big'))), digits(shown));
      assert.match(page.url(), /explain=unit%3Dclaims-triage%2Cpart%3Ddirect/);
      // And what all of it was computed from, down to the files.
      await panel.getByText('What it rests on').click();
      await panel.getByRole('group', { name: 'Facts it rests on' }).getByRole('row', { name: /charges of aws/ }).first().waitFor();
      await panel.getByRole('group', { name: 'Documents it rests on' }).getByRole('row', { name: /^rules/ }).waitFor();
      await page.keyboard.press('Escape');
      await panel.waitFor({ state: 'detached' });
      assert.doesNotMatch(page.url(), /explain/);
    }],

    ['a deep link opens the same explanation', async (page) => {
      await go(page, '/units/claims-triage?period=2026-05&explain=unit%3Dclaims-triage%2Cpart%3Dshared');
      const formula = page.locator('#explain .formula');
      await formula.first().waitFor();
      assert.match(await text(formula.first()), /×[\s\S]*÷[\s\S]*posted as/);
    }],

    ['a statement shows figures that add up, and has a PDF', async (page) => {
      await go(page, '/units/claims?period=2026-05');
      const cents = async (row) => BigInt(digits(await text(row.locator('td').first())).replace('.', ''));
      const rows = page.locator('table').first().locator('tbody tr');
      const kinds = await rows.evaluateAll((all) => all.map((one) => one.className));
      let sum = 0n;
      for (const [index, kind] of kinds.entries()) {
        if (/\bin\b/.test(kind)) sum += await cents(rows.nth(index));
      }
      assert.equal(sum, await cents(page.locator('tr.total').first()));
      const answer = await page.request.get(new URL(await page.getByRole('link', { name: 'PDF' }).getAttribute('href'), page.url()).href);
      assert.equal(answer.headers()['content-type'], 'application/pdf');
    }],

    ['the explorer groups, pivots, filters and compares, and its address is its state', async (page) => {
      await go(page, '/explorer?period=2026-05');
      await page.getByLabel('Rows').selectOption('ProviderName');
      await page.getByRole('columnheader', { name: 'Provider' }).waitFor();
      await page.getByRole('row', { name: /^AWS/ }).getByRole('link').click();
      await page.getByRole('link', { name: 'Remove the filter Provider AWS' }).waitFor();
      const [{ cost }] = await query(page, 'SELECT SUM(EffectiveCost) AS cost FROM attributed WHERE ProviderName = ?', ['AWS'], '2026-05');
      await page.waitForFunction(() => /charges come to/.test(document.querySelector('h1')?.textContent ?? '') && /AWS/.test(document.querySelector('h1')?.textContent ?? ''));
      const figure = digits(await text(page.locator('h1 .fig')));
      assert.ok(Math.abs(Number(figure) - Number(cost)) <= 0.005, `${figure} for ${cost}`);
      await page.getByLabel('Compare with').selectOption('before');
      await page.getByRole('columnheader', { name: 'vs April' }).waitFor();
      await page.reload();
      await page.getByRole('columnheader', { name: 'vs April' }).waitFor();
      assert.match(page.url(), /where=ProviderName%3DAWS/);
      await page.goBack();
      await page.getByRole('columnheader', { name: 'Share' }).waitFor();
    }],

    ['the explorer refuses what cannot be asked, and says why', async (page) => {
      await go(page, '/explorer?rows=tag%3ATeam&columns=Unit');
      assert.match(await text(page.locator('h1')), /cannot be asked/);
      await go(page, '/explorer?rows=1%3BDROP');
      assert.match(await text(page.locator('.lede')), /is nothing that charges are told apart by/);
    }],

    ['words of a bill stay words on every page', async (page) => {
      const where = encodeURIComponent(`ServiceName=${HOSTILE}`);
      const asked = ['/explorer?rows=tag%3ATeam', '/explorer?rows=SubAccountName&columns=ProviderName', `/explorer?rows=Unit&where=${where}`, `/explorer?rows=Charge&where=${where}`, `/explorer?find=${encodeURIComponent(HOSTILE)}`, `/explorer?rows=${encodeURIComponent(HOSTILE)}`, '/?explain=reason%3Dno_rule', `/units/${encodeURIComponent(HOSTILE)}`, `/?period=${encodeURIComponent(HOSTILE)}`, `/audit?actor=${encodeURIComponent(HOSTILE)}`];
      for (const path of [...PAGES, ...asked]) {
        await go(page, path);
        assert.equal(await page.evaluate(() => window.broken), undefined, path);
        assert.equal(await page.locator('main img, main script').count(), 0, path);
      }
      for (const path of ['/explorer?rows=ServiceName', `/explorer?rows=Charge&where=${where}`]) {
        await go(page, path);
        await page.locator('main tbody tr').getByText(HOSTILE).first().waitFor();
      }
      // Nor do they in what the palette finds, and in what is made of a table.
      await page.keyboard.press('/');
      await page.keyboard.type(HOSTILE);
      await page.keyboard.press('Escape');
      const { content } = await file(page, () => page.getByRole('button', { name: 'CSV', exact: true }).click());
      assert.ok(content.toString().includes('<img src=x onerror=""window.broken=1"">'));
    }],

    ['each charge is shown, however many: scrolled to, sorted, found and taken along', async (page) => {
      await go(page, '/explorer?period=2026-05&rows=Charge');
      const [{ lines, cost }] = await query(page, 'SELECT COUNT(*) AS lines, SUM(EffectiveCost) AS cost FROM focus', [], '2026-05');
      assert.ok(lines > 10_000, `${lines} charges`);
      const box = page.getByRole('group', { name: 'Charges' });
      const rows = box.locator('tbody tr:not(.skeleton):not(.total):not([aria-hidden])');
      await rows.first().waitFor();
      assert.ok((await rows.count()) < 120, 'only rows near the screen are in the page');
      assert.equal(await box.locator('table').getAttribute('aria-rowcount'), String(Number(lines) + 2));
      assert.ok((await text(box.locator('tr.total'))).replaceAll(',', '').includes(Number(cost).toFixed(2)));
      // To the end: the cheapest is the last.
      await box.evaluate((one) => (one.scrollTop = one.scrollHeight));
      const [{ least }] = await query(page, 'SELECT MIN(EffectiveCost) AS least FROM focus', [], '2026-05');
      await box.locator(`tr[aria-rowindex="${Number(lines) + 1}"]`).waitFor();
      const last = await text(box.locator(`tr[aria-rowindex="${Number(lines) + 1}"] td`).last());
      assert.equal(last.replace(/[(,)]/g, ''), Math.abs(Number(least)).toFixed(2));
      // The middle, from either end, is the same row.
      await box.getByRole('link', { name: 'Day' }).click();
      await page.waitForURL(/sort=day/);
      await box.getByRole('columnheader', { name: 'Day' }).and(page.locator('[aria-sort="ascending"]')).waitFor();
      await box.evaluate((one) => (one.scrollTop = 0));
      const [{ first }] = await query(page, 'SELECT CAST(CAST(MIN(ChargePeriodStart) AS DATE) AS VARCHAR) AS first FROM focus', [], '2026-05');
      await rows.first().getByText(first).waitFor();
      await page.getByLabel('Whose name holds').fill('BigQuery');
      await page.keyboard.press('Enter');
      await page.waitForURL(/find=BigQuery/);
      const [{ found }] = await query(page, 'SELECT COUNT(*) AS found FROM focus WHERE ServiceName = ?', ['BigQuery'], '2026-05');
      await page.locator('h1', { hasText: `${found} charges` }).waitFor();
      const { name, content } = await file(page, () => page.getByRole('button', { name: 'CSV', exact: true }).click());
      assert.equal(name, 'charges-2026-05.csv');
      assert.equal(content.toString().trim().split('\n').length, Number(found) + 1);
      await page.getByRole('button', { name: 'Copy table' }).click();
      await page.getByText(`Copied ${Number(found) + 1} rows`).waitFor();
    }],

    ['any table is a workbook and pages', async (page) => {
      await go(page, '/tokens?period=2026-05');
      const tools = page.locator('.tools').first();
      const book = await file(page, () => tools.getByRole('button', { name: 'XLSX' }).click());
      assert.deepEqual([book.name, book.content.subarray(0, 2).toString()], ['models-2026-05.xlsx', 'PK']);
      const paper = await file(page, () => tools.getByRole('button', { name: 'PDF' }).click());
      assert.deepEqual([paper.name, paper.content.subarray(0, 5).toString()], ['models-2026-05.pdf', '%PDF-']);
      await page.getByText('models-2026-05.pdf is made.').waitFor();
      // A table whose report has a form of its own takes that.
      await go(page, '/?period=2026-05');
      assert.equal(await page.getByRole('region', { name: 'By operational unit' }).getByRole('link', { name: 'XLSX' }).count(), 1);
      for (const path of PAGES) {
        await go(page, path);
        for (const one of await page.locator('main .tools:not([role]):visible').all()) {
          const names = (await one.innerText()).split(/\n|\s{2,}/).map((word) => word.trim());
          for (const name of ['Copy table', 'CSV', 'XLSX', 'PDF']) assert.ok(names.includes(name), `${path}: ${names} lacks ${name}`);
        }
      }
    }],

    ['figures and dates are written as the reader chose, and still add up', async (page) => {
      await go(page, '/units/claims?period=2026-05');
      await page.getByRole('button', { name: 'Settings' }).click();
      await page.getByLabel('Figures and dates').selectOption('de-DE');
      await page.getByRole('dialog', { name: 'Settings' }).getByText('1.234.567,89 · (1.234,50) · 07.05. · 07.05.2026 16:30 UTC').waitFor();
      await page.getByRole('button', { name: 'Close' }).click();
      await page.reload();
      await page.locator('main h1', { hasText: /\d\.\d{3},\d\d USD/ }).waitFor();
      const cents = async (row) => BigInt((await text(row.locator('td').first())).replace(/[^0-9]/g, ''));
      const rows = page.locator('table').first().locator('tbody tr');
      const kinds = await rows.evaluateAll((all) => all.map((one) => one.className));
      let sum = 0n;
      for (const [index, kind] of kinds.entries()) if (/\bin\b/.test(kind)) sum += await cents(rows.nth(index));
      assert.equal(sum, await cents(page.locator('tr.total').first()));
      // A copy is for a spreadsheet: it stays plain.
      await page.getByRole('button', { name: 'Copy table' }).first().click();
      await page.getByText(/^Copied/).waitFor();
      assert.match(await page.evaluate(() => navigator.clipboard.readText()), /\t\d+\.\d+/);
      // What is typed with a decimal comma is understood.
      await go(page, '/month-end?period=2026-05');
      await page.getByLabel('openai, invoiced').fill('37.786,09');
      await page.getByRole('button', { name: 'Compare' }).click();
      await page.waitForURL(/total=openai%3D37786\.09/);
      await page.keyboard.press('Control+k');
      await page.keyboard.type('as the browser');
      await page.keyboard.press('Enter');
      await page.getByText(/\d{3},\d{3}\.\d\d USD as billed/).first().waitFor();
    }],

    ['every button has an entry in the palette', async (page) => {
      for (const path of ['/', '/plans', '/month-end', '/rules', '/explorer']) {
        await go(page, path);
        const names = await page.locator('main button:visible').evaluateAll((all) => all.map((one) => (one.getAttribute('aria-label') ?? one.innerText).trim().replace(/\s+/g, ' ')).filter(Boolean));
        await page.keyboard.press('Control+k');
        for (const name of new Set(names)) {
          await page.getByRole('combobox', { name: /^Search/ }).fill(name);
          await page.getByRole('option').getByText(name, { exact: true }).first().waitFor();
        }
        await page.keyboard.press('Escape');
      }
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox', { name: /^Search/ }).fill('risk scoring');
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/units\/risk-scoring/);
    }],

    ['letters explain, copy, refresh and go through cells, and can be switched off', async (page) => {
      await go(page, '/tokens?period=2026-05');
      const place = () => page.evaluate(() => [document.activeElement?.closest('tr')?.rowIndex, document.activeElement?.closest('th, td')?.cellIndex]);
      await page.keyboard.press('j');
      assert.deepEqual(await place(), [1, 0]);
      for (const key of ['j', 'ArrowRight', 'ArrowRight', 'ArrowDown', 'k', 'ArrowLeft']) await page.keyboard.press(key);
      assert.deepEqual(await place(), [2, 1]);
      await page.keyboard.press('c');
      await page.getByText(/^Copied/).waitFor();
      const [asked] = await Promise.all([page.waitForRequest(/token-cost/), page.keyboard.press('r')]);
      assert.equal(asked.method(), 'GET');
      await go(page, '/units/claims?period=2026-05');
      await page.keyboard.press('e');
      await page.locator('#explain .big').waitFor();
      await page.keyboard.press('Escape');
      await page.locator('#explain').waitFor({ state: 'detached' });
      await page.keyboard.press('Control+k');
      await page.keyboard.type('switch off single');
      await page.keyboard.press('Enter');
      await page.keyboard.press('e');
      await page.keyboard.press('?');
      await page.waitForTimeout(200);
      assert.equal(await page.locator('#explain').count(), 0);
      assert.equal(await page.locator('dialog[open]').count(), 0);
    }],

    ['what cannot be read says why, and the last good figures stay', async (page) => {
      const problem = (status, detail) => (route) => route.fulfill({ status, contentType: 'application/problem+json', headers: { 'x-request-id': 'abc-1' }, body: JSON.stringify({ title: 'Bad Request', status, detail }) });
      await go(page, '/tokens?period=2026-05');
      const figures = await text(page.locator('main table').first());
      await page.route(/token-cost/, problem(400, 'the month is being closed; ask again in a minute'));
      await page.getByRole('button', { name: 'Refresh' }).click();
      const alert = page.getByRole('alert').filter({ hasText: 'the month is being closed' });
      await alert.waitFor();
      assert.match(await text(alert), /What stands below is from \d{4}-.* UTC\.[\s\S]*Quote abc-1/);
      assert.equal(await text(page.locator('main .stale table').first()), figures);
      await page.unroute(/token-cost/);
      await alert.getByRole('button', { name: 'Try again' }).click();
      await alert.waitFor({ state: 'detached' });
      // Nothing of it yet, and no right to it.
      await page.route(/token-cost/, problem(403, 'reading this takes the right read-reports: an administrator gives the role of viewer'));
      await page.goto(page.url());
      await page.getByRole('heading', { level: 1, name: 'Tokens and models is not for you to see.' }).waitFor();
      await page.getByRole('alert').getByText('an administrator gives the role of viewer').waitFor();
      // What takes long says what it is, and can be stopped.
      await page.unroute(/token-cost/);
      let answer;
      const held = new Promise((done) => (answer = done));
      await page.route(/token-cost/, async (route) => (await held, route.abort().catch(() => {})));
      await page.goto(page.url());
      await page.locator('table.skeleton').waitFor();
      await page.getByText('Reading what tokens cost.').waitFor();
      await page.getByRole('button', { name: 'Cancel' }).click({ timeout: 10_000 });
      await page.getByRole('alert').getByText('You stopped it before its end.').waitFor();
      answer();
    }],

    ['a statement is printed as a document', async (page) => {
      await go(page, '/units/northmoor?period=2026-05');
      const paper = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
      assert.ok((paper.match(/\/Type\s*\/Page\b/g) ?? []).length >= 2, 'it has pages');
      assert.match(paper, /\/MediaBox \[0 0 59[45]/);
      await page.emulateMedia({ media: 'print' });
      for (const gone of ['.tools', '.contents', '.head .end', '.controls']) assert.equal(await page.locator(`${gone}:visible`).count(), 0, gone);
      assert.ok(await page.locator('.basis').isVisible());
    }],

    ['models are scored, and each score leads to the costs of its decisions', async (page) => {
      await go(page, '/portfolio?period=2026-05');
      const found = await api(page, '/v1/portfolio?period=2026-05');
      const scored = found.models.flatMap((one) => one.workflows);
      const table = page.getByRole('group', { name: 'Scorecards' });
      assert.equal(await table.locator('tbody tr:not(.group)').count(), scored.length);
      await table.getByRole('link').first().click();
      await page.waitForURL(/\/unit-economics\//);
      await page.getByRole('heading', { level: 1, name: /decision costs/ }).waitFor();
    }],

    ['tokens bear what models cost, and it ties out', async (page) => {
      await go(page, '/tokens?period=2026-05');
      const [found] = [await api(page, '/v1/token-cost?period=2026-05&cost=effective')].flat();
      const total = page.getByRole('group', { name: 'Cost by model' }).locator('tr.total');
      assert.ok((await text(total)).replaceAll(',', '').includes(Number(found.total.allocation.cost).toFixed(2)));
      await page.getByText('Ties out').waitFor();
    }],

    ['a table is copied with all its decimals', async (page) => {
      await go(page, '/explorer?period=2026-05&rows=ProviderName');
      await page.getByRole('button', { name: 'Copy table' }).click();
      await page.getByText(/^Copied/).waitFor();
      const lines = (await page.evaluate(() => navigator.clipboard.readText())).split('\n').map((line) => line.split('\t'));
      const [{ cost }] = await query(page, 'SELECT SUM(EffectiveCost) AS cost FROM attributed', [], '2026-05');
      assert.equal(lines.at(-1)[1], cost);
    }],

    ['what a decision costs is shown with its intervals, and what would change it', async (page) => {
      await go(page, '/unit-economics/claims-triage?period=2026-05');
      assert.match((await text(page.locator('h1'))).replace(/\s/g, ' '), /^A claims triage decision costs \d+\.\d\d USD by AI and \d+\.\d\d USD by a person\.$/);
      await page.getByRole('img', { name: /^Cost per decision in USD: AI \d/ }).locator('svg').waitFor();
      await page.getByRole('img', { name: /^Sensitivity/ }).locator('svg').waitFor();
    }],

    ['a plan shows now, planned and the proof that it holds', async (page) => {
      await go(page, '/plans');
      const { plan } = await fleet(page);
      const total = await text(page.locator('tr.total').first());
      assert.ok(total.replaceAll(',', '').includes(Number(plan.cost_planned.amount).toFixed(2)), total);
      await page.getByRole('link', { name: 'document-reader', exact: true }).first().click();
      await page.waitForURL(/workload=document-reader/);
      assert.equal(await page.getByText('✓ holds').count(), plan.replay.workloads.filter((one) => one.missed_hours === 0).length);
    }],

    ['a plan says what its limits cost, what else was considered and how far it stands', async (page) => {
      await go(page, '/plans');
      const { plan } = await fleet(page);
      await page.getByRole('img', { name: /^Least cost by promised latency: .* at 100/ }).locator('svg').waitFor();
      await page.getByRole('group', { name: 'Limit' }).getByRole('link', { name: 'Demand' }).click();
      await page.waitForURL(/limit=Demand/);
      await page.getByRole('img', { name: /^Least cost by demand: / }).locator('svg').waitFor();
      const part = (title) => page.getByRole('region', { name: title, exact: true }).locator('tbody tr');
      await part('Alternatives considered').first().waitFor();
      const rows = await part('Alternatives considered').allInnerTexts();
      assert.deepEqual(rows.map((row) => row.split('\t')[0].trim()), plan.plan.explanation.alternatives.map((other) => other.without));
      assert.equal(await part('How far it stands').count(), plan.plan.explanation.stands.length);
    }],

    ['a plan is taken as files, and nothing is applied by that', async (page) => {
      await go(page, '/plans');
      const before = await fleet(page);
      for (const [name, begins] of [['KEDA', 'apiVersion'], ['Terraform', ''], ['Pull request', '']]) {
        const { name: called, content } = await file(page, () => page.getByRole('button', { name, exact: true }).click());
        assert.ok(called.includes('.') && content.length > 100 && content.toString().includes(begins), `${name}: ${called}`);
      }
      assert.equal((await fleet(page)).standing.steps.length, before.standing.steps.length);
    }],

    ['a plan is made again while its page is left, and set beside the one before', async (page) => {
      await go(page, '/plans');
      const before = await fleet(page);
      await page.evaluate(async () => {
        const found = await fetch('/v1/documents/fleet');
        const text = (await found.text()).replace(/quota = (\d+)/, (_, quota) => `quota = ${Number(quota) + 1}`);
        await fetch('/v1/documents/fleet', { method: 'PUT', headers: { 'content-type': 'application/toml', 'if-match': found.headers.get('etag') ?? '' }, body: text });
      });
      await page.getByRole('button', { name: 'Plan again' }).click();
      await page.getByText(/You can leave this page; it goes on/).waitFor();
      await page.getByRole('link', { name: 'Statements' }).click();
      await page.getByRole('link', { name: /^Plans/ }).click();
      await page.getByText(/^Done: Plan/).waitFor({ timeout: 120_000 });
      await page.goto(new URL('/plans', page.url()).href);
      await page.locator('main h1').waitFor();
      const now = await fleet(page);
      assert.notEqual(now.id, before.id);
      await page.getByLabel('Compare with').selectOption(before.id);
      await page.waitForURL(/against=/);
      const part = page.getByRole('region', { name: 'Beside another plan' });
      await part.getByText(/^(Both cost the same|This plan costs|The two plans are the same)/).waitFor();
      await part.getByRole('link', { name: 'Read the other plan' }).click();
      await page.waitForURL(new RegExp(`/plans/${before.id}.*against=${now.id}`));
      await part.getByText(/^(Both cost the same|This plan costs|The two plans are the same)/).waitFor();
    }],

    ['everything can be reached by keyboard alone', async (page) => {
      await go(page, '/');
      await page.keyboard.press('?');
      const keys = page.getByRole('dialog', { name: 'Keys' });
      await keys.waitFor();
      await page.keyboard.press('Escape');
      // Letters are the dialog's until the browser has closed it.
      await keys.waitFor({ state: 'hidden' });
      await page.keyboard.press('g');
      await page.keyboard.press('s');
      await page.waitForURL(/\/units/);
      await page.locator('main h1').waitFor();
      await page.keyboard.press('/');
      await page.keyboard.type('risk sc');
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/units\/risk-scoring/);
      await page.getByRole('heading', { name: /^Risk scoring is charged/ }).waitFor();
      await page.keyboard.press('[');
      await page.waitForURL(/period=2026-04/);
      await page.getByRole('heading', { name: /April 2026/ }).waitFor();
      const first = page.locator('table').first().locator('tbody a').first();
      await first.focus();
      await page.keyboard.press('j');
      assert.notEqual(await page.evaluate(() => document.activeElement?.getAttribute('href')), await first.getAttribute('href'));
      await page.keyboard.press('Enter');
      await page.locator('#explain .big').waitFor();
    }],

    ['dark is chosen in the palette and kept', async (page) => {
      await go(page, '/');
      await page.keyboard.press('Control+k');
      await page.keyboard.type('dark');
      await page.keyboard.press('Enter');
      const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      assert.equal(await paper(), 'rgb(19, 23, 22)');
      await page.reload();
      await page.locator('main h1').waitFor();
      assert.equal(await paper(), 'rgb(19, 23, 22)');
    }],

    ['an address that is no page says so', async (page) => {
      await go(page, '/no-such-page');
      assert.match(await text(page.locator('h1')), /no page here/);
    }],

    ['budgets say which are exceeded, and a unit draws its month', async (page) => {
      await go(page, '/budgets?period=2026-05');
      const report = await api(page, '/v1/budgets?period=2026-05');
      const exceeded = report.units.filter((one) => one.remaining.startsWith('-')).length;
      assert.ok(exceeded > 0);
      assert.ok((await text(page.locator('h1'))).startsWith(`${exceeded} of ${report.units.length} budgets are exceeded in May`));
      await page.getByRole('link', { name: 'Underwriting', exact: true }).click();
      await page.waitForURL(/\/budgets\/underwriting/);
      await page.getByRole('img', { name: /^Underwriting cost \d/ }).locator('svg').waitFor();
      // As it stood in the middle of the month, there is something to expect.
      await page.getByLabel('As it stood on').selectOption('2026-05-15');
      await page.waitForURL(/through=2026-05-15/);
      await page.getByText(/16 days to come, expected from/).waitFor();
    }],

    ['a plan is given to somebody, runs in shadow, and what was done is put on record beside it', async (page) => {
      await go(page, '/plans');
      const [{ id, proposed_by: [proposer] }] = (await api(page, '/v1/recommendations')).filter((one) => one.kind === 'fleet');
      const act = (what, name, fields) => step(page, what, name, '', fields);
      const who = { 'Who is to carry it out; nobody any more without a name': 'grace', 'By the end of, optional': '2099-01-31' };
      const given = page.getByText('grace is to deal with it until 2099-01-31 23:59 UTC.');
      await act('Schedule', proposer, who);
      await given.waitFor();
      // For ten seconds it can be taken back.
      await page.getByRole('button', { name: 'Undo' }).click();
      await given.waitFor({ state: 'detached' });
      await act('Schedule', proposer, who);
      await given.waitFor();
      await page.getByRole('button', { name: 'Let it run in shadow …' }).click();
      await act('Let it run in shadow', proposer);
      await page.getByRole('heading', { name: 'It is in shadow' }).waitFor();
      await page.getByRole('heading', { name: 'What cannot be told' }).waitFor();
      assert.equal(await page.getByRole('button', { name: /^Apply/ }).count(), 0, 'nothing of it is applied');
      const figures = { 'Hours, or decisions, looked at': '84', 'As planned in': '63', 'Paid in that time': '100' };
      await act('Put on record what was done', proposer, figures);
      await page.getByRole('alert').getByText(/proposed it/).waitFor();
      await act('Put on record what was done', 'ada', figures);
      await page.getByRole('group', { name: 'On record' }).getByRole('row', { name: /given.*75\.00.% as planned, 63\.00 of 84\.00 hours/ }).waitFor();
      const report = await api(page, `/v1/recommendations/${id}/agreement`);
      assert.equal(report.recorded[0].agreement.share, '0.75');
      await act('Take it out of shadow', proposer);
      await page.getByRole('heading', { name: 'It waits for approval' }).waitFor();
    }],

    // Before rules are published: a plan that was made from others is to be made again.
    ['a plan is challenged, answered, approved by somebody else, applied and verified', async (page) => {
      await go(page, '/savings');
      const [{ id, proposed_by: [proposer] }] = (await api(page, '/v1/recommendations')).filter((one) => one.kind === 'fleet');
      await page.getByRole('link', { name: 'Fleet', exact: true }).first().click();
      await page.waitForURL(new RegExp(`/savings/${id}`));
      const act = (what, name, reason, fields) => step(page, what, name, reason, fields);
      await act('Approve', proposer, '');
      await page.getByRole('alert').getByText(/proposed it/).waitFor();
      await act('Challenge', 'ada', 'the promotion of June is not in it');
      await page.getByRole('heading', { name: 'It is challenged' }).waitFor();
      await act('Answer the challenge', proposer, 'it is in the demand of the second week');
      await page.getByRole('heading', { name: 'It waits for approval' }).waitFor();
      await act('Approve', 'ada', '');
      await page.getByRole('heading', { name: 'It is approved' }).waitFor();
      await act('Apply', 'eve', '');
      await page.getByRole('heading', { name: 'It is applied' }).waitFor();
      assert.ok((await page.locator('form a[download]').count()) > 0, 'there are files for whoever carries it out');
      await act('Say what it brought', 'ada', 'from the bill of June', { 'Saved in a month; without it bills say': '1234.56' });
      await page.getByRole('heading', { name: 'It is verified' }).waitFor();
      await page.getByRole('row', { name: /^Fleet.*1,234\.56/ }).waitFor();
      await page.getByText('ada challenged it').waitFor();
    }],

    ['rules are written with the money that they move in view, and published on the version that they were written on', async (page) => {
      await go(page, '/rules?period=2026-05');
      const rules = () => page.evaluate(async () => (await fetch('/v1/documents/rules')).text());
      const before = await rules();
      const field = page.getByLabel('The rule file, TOML');
      assert.equal(await field.inputValue(), before);
      const publish = page.getByRole('button', { name: /^Publish these rules/ });
      assert.equal(await publish.getAttribute('aria-disabled'), 'true');
      await field.fill(before.replace('id = "credits"\nunit = "shared-services"', 'id = "credits"\nunit = "no-such-unit"'));
      await page.getByRole('alert').getByText('no-such-unit').first().waitFor();
      const draft = before.replace('id = "credits"\nunit = "shared-services"', 'id = "credits"\nunit = "platform"');
      assert.notEqual(draft, before);
      await field.fill(draft);
      await page.getByRole('heading', { name: 'What would move' }).waitFor();
      const moved = page.getByRole('group', { name: 'Charges that would move' }).getByRole('row', { name: /^credits/ });
      assert.match(await text(moved), /Shared services\s+Platform/);
      assert.equal(await rules(), before, 'nothing is published by writing');
      await publish.click();
      await page.getByText(/^Published as version/).waitFor();
      assert.equal(await rules(), draft);
      await field.fill(before);
      await page.getByRole('heading', { name: 'What would move' }).waitFor();
      await publish.click();
      await page.getByText('These are the rules in force').waitFor();
      assert.equal(await rules(), before);
    }],

    // Last of all: it changes the home.
    ['a month is reconciled to the cent, closed, and has a certificate', async (page) => {
      await go(page, '/month-end?period=2026-04');
      const { proof } = await api(page, '/v1/chargeback?period=2026-04&cost=billed');
      for (const one of proof) await page.getByLabel(`${one.source}, invoiced`).fill(one.billed);
      await page.getByRole('button', { name: 'Compare' }).click();
      await page.getByText('Reconciled to 0.00').waitFor();
      const close = page.getByRole('button', { name: /^Close April 2026 at / });
      assert.equal(await close.getAttribute('aria-disabled'), 'true');
      await page.getByLabel('Your name, kept in the record').fill('A. Controller');
      await close.click();
      await page.getByRole('heading', { name: 'April is closed; what reports say of it stays.' }).waitFor();
      await page.getByText('The certificate holds').waitFor();
    }],
  ];
}
