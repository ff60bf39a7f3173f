// What each page is for, done from end to end.
import assert from 'node:assert/strict';

const text = (locator) => locator.innerText();
const digits = (words) => words.replace(/[^0-9.]/g, '');

export function tasks({ go, HOSTILE }) {
  const api = (page, path) => page.evaluate(async (asked) => (await fetch(asked)).json(), path);
  const query = (page, sql, parameters, period) =>
    page.evaluate(async (body) => (await fetch('/v1/sql', { method: 'POST', headers: { 'content-type': 'application/json', accept: 'application/json' }, body: JSON.stringify(body) })).json(), { query: sql, parameters, period });

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
      for (const path of ['/', '/explorer?rows=ServiceName', '/explorer?rows=tag%3ATeam', '/explorer?rows=SubAccountName&columns=ProviderName', `/explorer?rows=Unit&where=${encodeURIComponent(`ServiceName=${HOSTILE}`)}`, '/?explain=reason%3Dno_rule', '/units', '/month-end', '/tokens', '/sources']) {
        await go(page, path);
        assert.equal(await page.evaluate(() => window.broken), undefined, path);
        assert.equal(await page.locator('main img, main script').count(), 0, path);
      }
      await go(page, '/explorer?rows=ServiceName');
      assert.ok((await text(page.locator('table').first())).includes(HOSTILE));
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
      const [{ plan }] = await api(page, '/v1/plans/fleet');
      const total = await text(page.locator('tr.total').first());
      assert.ok(total.replaceAll(',', '').includes(Number(plan.cost_planned.amount).toFixed(2)), total);
      await page.getByRole('link', { name: 'document-reader', exact: true }).first().click();
      await page.waitForURL(/workload=document-reader/);
      assert.equal(await page.getByText('✓ keeps it').count(), plan.replay.workloads.filter((one) => one.missed_hours === 0).length);
    }],

    ['a plan says what its limits cost, what else was considered and how far it stands', async (page) => {
      await go(page, '/plans');
      const [{ plan }] = await api(page, '/v1/plans/fleet');
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
      const act = async (what, name, fields = {}) => {
        await page.getByLabel('What you do').selectOption({ label: what });
        await page.getByLabel('Your name, kept in the record').fill(name);
        for (const [label, value] of Object.entries(fields)) await page.getByLabel(label).fill(value);
        await page.locator('form').getByRole('button', { name: what }).click();
      };
      await act('Give it to somebody', proposer, { 'To whom; to nobody any more without a name': 'grace', 'Until the end of, optional': '2099-01-31' });
      await page.getByText('grace is to deal with it until 2099-01-31 23:59 UTC.').waitFor();
      await act('Let it run in shadow', proposer);
      await page.getByRole('heading', { name: 'It is in shadow' }).waitFor();
      await page.getByRole('heading', { name: 'What cannot be told' }).waitFor();
      assert.equal(await page.getByLabel('What you do').getByRole('option', { name: 'Apply' }).count(), 0, 'nothing of it is applied');
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
      const act = async (what, name, reason) => {
        await page.getByLabel('What you do').selectOption({ label: what });
        await page.getByLabel('Your name, kept in the record').fill(name);
        await page.getByLabel(/^Reason/).fill(reason);
        await page.locator('form').getByRole('button', { name: what }).click();
      };
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
      await page.getByLabel('What you do').selectOption({ label: 'Say what it brought' });
      await page.getByLabel(/^Saved in a month/).fill('1234.56');
      await act('Say what it brought', 'ada', 'from the bill of June');
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
