// How long pages and keys take, in Chromium against the program itself: `npm run measure -- path/to/farthing [rows]`.
//
// Largest contentful paint and the duration of events are the browser's own figures (Largest Contentful Paint, Event Timing, in steps of
// 8 ms), and how long nothing else was answered is too (Long Tasks). The home is the sample organisation with as many charges as asked for, in two
// months: the one that is looked at has about half of them.
import { chromium } from 'playwright-core';

import { chromiumPath, PAGES, serve } from './home.js';

const [binary, rows = '2000000'] = process.argv.slice(2);
if (!binary) {
  console.error('usage: npm run measure -- path/to/farthing [rows]');
  process.exit(64);
}
const RUNS = 5;
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

const { origin, stop } = await serve(binary, ['--rows', rows]);
const browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox', '--disable-dev-shm-usage'] });

async function opened(path) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-US', permissions: ['clipboard-read', 'clipboard-write'] });
  const page = await context.newPage();
  await page.addInitScript(() => {
    window.slowest = 0;
    window.stuck = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((one) => (window.painted = one.startTime))).observe({ type: 'largest-contentful-paint', buffered: true });
    new PerformanceObserver((list) => list.getEntries().forEach((one) => (window.slowest = Math.max(window.slowest, one.duration)))).observe({ type: 'event', durationThreshold: 16, buffered: true });
    new PerformanceObserver((list) => list.getEntries().forEach((one) => (window.stuck = Math.max(window.stuck, one.duration)))).observe({ type: 'longtask', buffered: true });
  });
  await page.goto(origin + path);
  await page.locator('main h1').waitFor({ timeout: 120_000 });
  await page.waitForLoadState('networkidle', { timeout: 120_000 });
  return { context, page };
}

console.log(`${rows} charges\n\n| page | largest contentful paint |\n|---|---:|`);
for (const path of PAGES) {
  const times = [];
  for (let run = 0; run < RUNS; run += 1) {
    const { context, page } = await opened(path);
    times.push(await page.evaluate(() => window.painted));
    await context.close();
  }
  console.log(`| ${path} | ${Math.round(median(times))} ms |`);
}

const EACH = '/explorer?rows=Charge';
const box = (page) => page.getByRole('group', { name: 'Charges' });
/** The rows in view have come. */
const filled = (page) => page.waitForFunction(() => document.querySelector('.scroll.window') && !document.querySelector('.scroll.window tr.skeleton'), undefined, { timeout: 120_000 });
const scrolled = (to) => async (page) => {
  await box(page).evaluate((one, share) => (one.scrollTop = share * one.scrollHeight), to);
  await page.waitForTimeout(120);
  await filled(page);
};
const kept = (name) => async (page) => {
  const [download] = await Promise.all([page.waitForEvent('download', { timeout: 300_000 }), page.getByRole('button', { name, exact: true }).click()]);
  await download.delete();
};

/** What people do, and where. */
const ACTS = [
  ['open the palette and type in it', '/', async (page) => { await page.keyboard.press('/'); await page.keyboard.type('risk scoring'); }],
  ['open a figure’s charges', '/', async (page) => { await page.locator('main table a.fig[href*="explain="]').first().click(); await page.locator('#explain .big').waitFor(); }],
  ['go from row to row', '/explorer?rows=ServiceName', async (page) => { await page.locator('main table tbody a').first().focus(); for (let step = 0; step < 10; step += 1) await page.keyboard.press('j'); }],
  ['group by another column', '/explorer?rows=ServiceName', async (page) => { await page.getByLabel('Rows').selectOption('Unit'); await page.getByRole('columnheader', { name: 'Unit' }).waitFor(); }],
  ['scroll a table of every resource', '/explorer?rows=ResourceId', async (page) => { await page.locator('.scroll').first().hover(); for (let step = 0; step < 20; step += 1) await page.mouse.wheel(0, 900); }],
  ['go to another page by its letter', '/', async (page) => { await page.keyboard.press('g'); await page.keyboard.press('b'); await page.waitForURL(/budgets/); }],
  ['each charge: scroll', EACH, async (page) => { await box(page).hover(); for (let step = 0; step < 40; step += 1) await page.mouse.wheel(0, 2000); await page.waitForTimeout(120); await filled(page); }],
  ['each charge: go to the middle', EACH, scrolled(0.5)],
  ['each charge: go to the end', EACH, scrolled(1)],
  ['each charge: go from row to row', EACH, async (page) => { for (let step = 0; step < 60; step += 1) await page.keyboard.press('j'); }],
  ['each charge: sort by service', EACH, async (page) => { await box(page).getByRole('link', { name: 'Service' }).click(); await page.waitForURL(/sort=/); await filled(page); }],
  ['each charge: find', EACH, async (page) => { await page.getByLabel('Whose name holds').fill('BigQuery'); await page.keyboard.press('Enter'); await page.waitForURL(/find=/); await page.locator('h1', { hasText: 'BigQuery' }).waitFor(); await filled(page); }],
  ['each charge: copy those found', `${EACH}&find=BigQuery`, async (page) => { await page.getByRole('button', { name: 'Copy table' }).click(); await page.getByText(/^Copied|Take the CSV/).waitFor({ timeout: 60_000 }); }],
  ['each charge: all of them as CSV', EACH, kept('CSV'), 1],
];
console.log('\n| interaction | slowest event | longest that nothing was answered | until it was all there |\n|---|---:|---:|---:|');
for (const [name, path, act, runs = RUNS] of ACTS) {
  const times = [];
  const stuck = [];
  const whole = [];
  for (let run = 0; run < runs; run += 1) {
    const { context, page } = await opened(path);
    if (path.startsWith(EACH)) await filled(page);
    await page.evaluate(() => ([window.slowest, window.stuck] = [0, 0]));
    const begun = Date.now();
    await act(page);
    whole.push(Date.now() - begun);
    await page.waitForLoadState('networkidle');
    await page.waitForTimeout(200);
    times.push(await page.evaluate(() => window.slowest));
    stuck.push(await page.evaluate(() => window.stuck));
    await context.close();
  }
  const [slowest, longest] = [median(times), median(stuck)];
  console.log(`| ${name} | ${slowest === 0 ? 'under 16' : Math.round(slowest)} ms | ${longest === 0 ? 'under 50' : Math.round(longest)} ms | ${median(whole)} ms |`);
}
await browser.close();
await stop();
