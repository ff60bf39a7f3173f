// What is embedded: compressed copies beside the files of dist that are worth it, so that serving them costs nothing.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url).pathname;
// The manifest was for the budgets: it is not served.
rmSync(join(dist, '.vite'), { recursive: true, force: true });
for (const name of readdirSync(dist, { recursive: true })) {
  if (!/\.(js|css|html|svg)$/.test(name)) continue;
  const content = readFileSync(join(dist, name));
  writeFileSync(join(dist, `${name}.gz`), gzipSync(content, { level: 9 }));
  const parameters = { [constants.BROTLI_PARAM_QUALITY]: 11 };
  writeFileSync(join(dist, `${name}.br`), brotliCompressSync(content, { params: parameters }));
}
