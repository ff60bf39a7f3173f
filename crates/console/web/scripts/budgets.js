// What a first visit loads, and what charts add, against what they may weigh. Bytes as gzipped.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'));
const weight = (files) => [...files].reduce((sum, file) => sum + gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length, 0);

/** A chunk and all that it imports statically. */
function closure(key, found = new Set()) {
  const chunk = manifest[key];
  if (found.has(chunk.file)) return found;
  found.add(chunk.file);
  for (const imported of chunk.imports ?? []) closure(imported, found);
  return found;
}

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const landing = Object.keys(manifest).find((key) => key.endsWith('pages/Overview.svelte'));
const engine = Object.keys(manifest).find((key) => key.endsWith('charts/engine.ts'));
const first = new Set([...closure(entry), ...closure(landing)]);
const charts = new Set([...closure(engine)].filter((file) => !first.has(file)));

const budgets = [
  ['first load, JavaScript', weight(first), 60 * 1024],
  ['charts', weight(charts), 220 * 1024],
];
for (const [name, bytes, limit] of budgets) {
  console.log(`${name}: ${(bytes / 1024).toFixed(1)} of ${limit / 1024} KiB gzipped`);
  if (bytes > limit) process.exitCode = 1;
}
