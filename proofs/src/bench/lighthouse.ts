import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openCustomer } from '../clients/customer.ts';
import { openHttpClient } from '../clients/http-client.ts';
import { median } from '../statistics.ts';

const lighthouse = 'lighthouse@12.8.2';
const scoreMin = 95;
const runs = 5;
const categories = ['performance', 'accessibility', 'best-practices', 'seo'];
const execute = promisify(execFile);

/**
 * Runs Lighthouse on the sign-in page and on the overview. Exit code 1 if the median of five runs is below 95.
 *
 *   docker compose up -d && npm run bench -- lighthouse                 # https://localhost:8443, with the development certificate
 *   npm run bench -- lighthouse http://127.0.0.1:3000                # npm start
 *
 * Needs Chromium (/usr/bin/chromium, or CHROMIUM_PATH). npx installs Lighthouse, which is too large for a dependency.
 */
export async function run([url = 'https://localhost:8443']: string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'mainstay-lighthouse-'));
  const report = join(folder, 'report.json');
  try {
    const headers = JSON.stringify({ Cookie: await register(url) });
    const rows = [
      { page: 'sign-in', ...(await medians(report, new URL('/sign-in', url).href)) },
      { page: 'overview', ...(await medians(report, url, `--extra-headers=${headers}`)) },
    ];
    console.table(rows);
    if (rows.some((row) => Object.values(row).some((score) => Number(score) < scoreMin))) {
      console.error(`A median is below ${scoreMin}.`);
      process.exitCode = 1;
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function register(url: string): Promise<string> {
  const client = openHttpClient({ url, isInsecure: true });
  const customer = await openCustomer(client.send, { money: 100_000 });
  for (let payment = 0; payment < 3; payment += 1) await customer.pay();
  client.close();
  return customer.cookie();
}

/** Returns the median of each score, 0 to 100. */
async function medians(report: string, ...page: string[]): Promise<Record<string, number>> {
  const measured: Record<string, number>[] = [];
  for (let failures = 0; measured.length < runs;) {
    try {
      measured.push(await measure(report, page));
    } catch (error) {
      failures += 1;
      // If the beginning of Chromium's trace is missing, the run measured nothing, so repeat it.
      if (failures > 2 || !String(error).includes('NO_NAVSTART')) throw error;
    }
  }
  console.error(`${page[0]}: performance ${measured.map(({ performance }) => performance).join(', ')}`);
  return Object.fromEntries(categories.map((name) => [name, median(measured.map((scores) => scores[name] ?? 0))]));
}

async function measure(report: string, page: string[]): Promise<Record<string, number>> {
  const chrome = '--headless=new --no-sandbox --ignore-certificate-errors --disable-dev-shm-usage';
  const only = `--only-categories=${categories.join(',')}`;
  const output = ['--quiet', '--output=json', `--output-path=${report}`];
  const env = { ...process.env, CHROME_PATH: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium' };
  const args = ['--yes', lighthouse, ...page, ...output, only, `--chrome-flags=${chrome}`];
  await execute('npx', args, { env, timeout: 300_000 });
  const { categories: results } = JSON.parse(await readFile(report, 'utf8'));
  return Object.fromEntries(categories.map((name) => [name, Math.round(results[name].score * 100)]));
}
