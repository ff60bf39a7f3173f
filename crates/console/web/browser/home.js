// A seeded home, and the program that serves it: the sample organisation, and one bill whose words are all written to break out.
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';

const run = promisify(execFile);

/** What would run, load or show something if a page took it for markup. */
export const HOSTILE = `<img src=x onerror="window.broken=1"><script>window.broken=1</script>`;
const SAMPLE = 'demo/bill/first/openai-2026-05.csv.gz';

/** The sample's smallest bill under another source, with hostile names of service, account and tag. */
function hostileBill(home) {
  const [head, ...lines] = gunzipSync(readFileSync(join(home, SAMPLE))).toString().trim().split('\n');
  const columns = head.split(',');
  const place = (name) => columns.indexOf(name);
  const quoted = (text) => `"${text.replaceAll('"', '""')}"`;
  const usage = lines.map((line) => line.match(/("([^"]|"")*"|[^,]*)(,|$)/g).map((field) => field.replace(/,$/, ''))).find((fields) => fields[place('ChargeCategory')] === 'Usage');
  const changed = usage.slice(0, columns.length);
  for (const name of ['ServiceName', 'SubAccountName', 'ProviderName', 'PublisherName', 'ResourceType']) changed[place(name)] = quoted(HOSTILE);
  changed[place('Tags')] = quoted(JSON.stringify({ Team: HOSTILE, [HOSTILE]: 'name' }));
  return `${head}\n${changed.join(',')}\n`;
}

export const PAGES = ['/', '/explorer?rows=ServiceName', '/explorer?rows=Charge', '/explorer?rows=Unit&columns=Source', '/units', '/units/claims?explain=unit%3Dclaims%2Cpart%3Ddirect', '/budgets', '/month-end', '/unit-economics', '/tokens', '/anomalies', '/anomalies?by=service&deviations=3', '/plans', '/savings', '/portfolio', '/rules', '/sources', '/sources?source=aws', '/sources?connect=upload', '/sources?connect=opencost', '/alerts', '/audit', '/administration'];

export function chromiumPath() {
  const found = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => path && existsSync(path));
  if (!found) throw new Error('there is no Chromium here: `scripts/bootstrap.sh test` installs it, or name one with CHROMIUM');
  return found;
}

/** Serves a home of its own: the sample organisation as large as `sample` says, and the hostile bill. */
export async function serve(binary, sample = []) {
  const home = mkdtempSync(join(tmpdir(), 'farthing-console-'));
  const farthing = (...words) => run(binary, ['--home', home, ...words], { maxBuffer: 1 << 26 });
  await farthing('demo', ...sample);
  const bill = join(home, 'hostile.csv');
  writeFileSync(bill, hostileBill(home));
  await farthing('ingest', 'billing', '--source', 'hostile', bill);
  const { origin, stop: end } = await serveHome(binary, home);
  const stop = async () => {
    await end();
    rmSync(home, { recursive: true, force: true });
  };
  return { origin, home, stop };
}

/** Serves a home that is there, with settings of its own. */
export async function serveHome(binary, home, settings = {}, listen = '127.0.0.1:0') {
  const program = spawn(binary, ['--home', home, 'serve', '--listen', listen], { stdio: ['ignore', 'inherit', 'pipe'], env: { ...process.env, ...settings } });
  const origin = await new Promise((done, failed) => {
    let said = '';
    program.stderr.on('data', (text) => {
      said += text;
      // A line comes in pieces: the address is whole once something follows it.
      const found = /Serving (http:\/\/\S+)\s/.exec(said);
      if (found) done(found[1]);
    });
    program.once('exit', (code) => failed(new Error(`${binary} ended with ${code}: ${said}`)));
  });
  const stop = async () => {
    const ended = new Promise((done) => program.once('exit', done));
    program.kill('SIGTERM');
    await ended;
  };
  return { origin, stop };
}
