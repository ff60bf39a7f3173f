// How long pages and keys take, in Chromium against the program itself: `npm run measure -- path/to/farthing [rows]`.
//
// Largest contentful paint and the duration of events are the browser's own figures (Largest Contentful Paint, Event Timing, in steps of
// 8 ms). The home is the sample organisation with as many charges as asked for.
import { chromium } from 'playwright-core';

import { chromiumPath, PAGES, serve } from './home.js';

const [binary, rows = '1000000'] = process.argv.slice(2);
if (!binary) {
  console.error('usage: npm run measure -- path/to/farthing [rows]');
  process.exit(64);
}
const RUNS = 5;
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

const { origin, stop } = await serve(binary, ['--rows', rows]);
const browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox', '--disable-dev-shm-usage'] });

async function opened(path) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-US' });
  const page = await context.newPage();
  await page.addInitScript(() => {
    window.slowest = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((one) => (window.painted = one.startTime))).observe({ type: 'largest-contentful-paint', buffered: true });
    new PerformanceObserver((list) => list.getEntries().forEach((one) => (window.slowest = Math.max(window.slowest, one.duration)))).observe({ type: 'event', durationThreshold: 16, buffered: true });
  });
  await page.goto(origin + path);
  await page.locator('main h1').waitFor();
  await page.waitForLoadState('networkidle');
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

/** What people do, and where. */
const ACTS = [
  ['open the palette and type in it', '/', async (page) => { await page.keyboard.press('/'); await page.keyboard.type('risk scoring'); }],
  ['open a figure’s charges', '/', async (page) => { await page.locator('main table a.fig').first().click(); await page.locator('#explain .big').waitFor(); }],
  ['go from row to row', '/explorer?rows=ServiceName', async (page) => { await page.locator('main table tbody a').first().focus(); for (let step = 0; step < 10; step += 1) await page.keyboard.press('j'); }],
  ['group by another column', '/explorer?rows=ServiceName', async (page) => { await page.getByLabel('Rows').selectOption('Unit'); await page.getByRole('columnheader', { name: 'Unit' }).waitFor(); }],
  ['scroll a table of every resource', '/explorer?rows=ResourceId', async (page) => { await page.locator('.scroll').first().hover(); for (let step = 0; step < 20; step += 1) await page.mouse.wheel(0, 900); }],
  ['go to another page by its letter', '/', async (page) => { await page.keyboard.press('g'); await page.keyboard.press('b'); await page.waitForURL(/budgets/); }],
];
console.log('\n| interaction | slowest event |\n|---|---:|');
for (const [name, path, act] of ACTS) {
  const times = [];
  for (let run = 0; run < RUNS; run += 1) {
    const { context, page } = await opened(path);
    await page.evaluate(() => (window.slowest = 0));
    await act(page);
    await page.waitForLoadState('networkidle');
    await page.waitForTimeout(200);
    times.push(await page.evaluate(() => window.slowest));
    await context.close();
  }
  const slowest = median(times);
  console.log(`| ${name} | ${slowest === 0 ? 'under 16' : Math.round(slowest)} ms |`);
}
await browser.close();
await stop();
