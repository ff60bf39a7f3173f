// The console in Chromium against the program itself: `npm run browser -- path/to/farthing`, and a word for checks of that name alone.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

import { authority } from './authority.js';
import { firstRuns } from './firstrun.js';
import { chromiumPath, HOSTILE, PAGES, serve } from './home.js';
import { providing } from './provider.js';
import { tasks } from './tasks.js';

const [binary, only = ''] = process.argv.slice(2);
if (!binary) {
  console.error('usage: npm run browser -- path/to/farthing');
  process.exit(64);
}
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const { origin, home, stop } = await serve(binary);
// What a page may ask beside the program: where people sign in.
const elsewhere = new Set();
// Shared memory is small where the tests run in a container, and a page that finds none left dies without a word.
const browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox', '--disable-dev-shm-usage'] });
let passed = 0;
const failures = [];

/** A page that notes what must not happen: errors, requests elsewhere, markup that came alive, what the policy stopped. */
async function opened(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-US', reducedMotion: 'reduce', permissions: ['clipboard-read', 'clipboard-write'], ...options });
  const page = await context.newPage();
  const faults = [];
  // What may happen, and explains a failure all the same.
  const notes = [];
  page.on('pageerror', (error) => faults.push(`threw ${error.message}`));
  page.on('crash', () => faults.push('crashed'));
  page.on('requestfailed', (request) => notes.push(`${request.method()} ${request.url()}: ${request.failure()?.errorText}`));
  page.on('response', (response) => response.status() >= 400 && notes.push(`${response.status()} ${response.url()}`));
  page.on('console', (message) => {
    const expected = /status of (400|401|403|404|409)/.test(message.text());
    if (message.type() === 'error' && !expected) faults.push(`said ${message.text()}`);
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && !elsewhere.has(url.origin) && url.protocol !== 'blob:') faults.push(`asked ${request.url()}`);
  });
  return { page, context, faults, notes };
}

const go = async (page, path) => {
  await page.goto(origin + path);
  await page.locator('main h1').waitFor();
  await page.waitForLoadState('networkidle');
};

/** Nothing serious by WCAG 2.2 AA. */
async function accessible(page) {
  // By evaluation, not by a script element: the page's policy forbids what is inline.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));
  const grave = violations.filter((one) => ['serious', 'critical'].includes(one.impact));
  assert.deepEqual(grave.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(' | ')}`), []);
}

/** By how many pixels a page is wider than its screen. */
const fits = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

async function check(name, act, options) {
  if (!name.includes(only)) return;
  const { page, context, faults, notes } = await opened(options);
  try {
    await act(page);
    assert.equal(await page.evaluate(() => window.broken), undefined, 'markup of a bill came alive');
    assert.deepEqual(faults, []);
    passed += 1;
    console.log(`ok   ${name}`);
  } catch (error) {
    failures.push(name);
    const told = [...String(error.stack ?? error).split('\n').slice(0, 12), ...faults, ...notes];
    console.log(`FAIL ${name}\n     ${told.join('\n     ')}`);
  }
  await context.close();
}

// Where not even the first page comes up, every check would wait for its time to be over and tell nothing new.
await check('the console comes up', (page) => go(page, '/'));
if (failures.length > 0) {
  await browser.close();
  await stop();
  process.exit(1);
}

for (const [name, act] of tasks({ go, HOSTILE })) await check(name, act);

for (const colorScheme of ['light', 'dark']) {
  for (const path of PAGES) {
    await check(
      `${path} is accessible, ${colorScheme}`,
      async (page) => {
        await go(page, path);
        await accessible(page);
      },
      { colorScheme },
    );
  }
}

for (const width of [390, 1280]) {
  await check(
    `no page is wider than ${width} pixels`,
    async (page) => {
      for (const path of PAGES) {
        await go(page, path);
        const beyond = await fits(page);
        assert.equal(beyond, 0, `${path} is ${beyond} pixels too wide`);
      }
    },
    { viewport: { width, height: 844 } },
  );
}

// Homes of their own, which have nothing yet.
const first = await firstRuns(binary, { accessible, fits });
first.origins.forEach((one) => elsewhere.add(one));
for (const [name, act] of first.checks) await check(name, act);
await first.stop();

// From the first person on everybody has to log in, so these come last.
for (const [name, act] of authority({ go, origin })) await check(name, act);

const provider = await providing(binary, home);
elsewhere.add(provider.origin).add(provider.issuer);
for (const [name, act] of provider.checks) await check(name, act);
await provider.stop();

await browser.close();
await stop();
console.log(`${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length > 0 ? 1 : 0;
