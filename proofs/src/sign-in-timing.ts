/**
 * Does the time of a refused sign-in tell whether the e-mail exists? Known e-mails with a wrong password and unknown ones are tried by turns, through the
 * gateway of a platform of its own, and both distributions are printed.
 *
 *   npm run build && node proofs/src/sign-in-timing.ts [--samples 400]
 *
 * Exit code 1 when a guess by the time alone (below or above the threshold that separates best) is right in more than 60 of 100 cases; without any
 * difference it is right in 50, and a little more because the threshold is chosen afterwards.
 */
import { parseArgs } from 'node:util';
import { openHttpClient } from './http-client.ts';
import { withOwnPlatform } from '@mainstay/platform/start/own-platform';

const { values } = parseArgs({ options: { samples: { type: 'string', default: '400' } } });
const samples = Number(values.samples);
const rightMax = 0.6;
const percentiles = [5, 25, 50, 75, 95, 99];

const environment = { RATE_LIMIT_LOGIN_MAX: '1000000', RATE_LIMIT_ANONYMOUS_MAX: '1000000' };
const tell = (sentence: string) => void process.stderr.write(`${sentence}\n`);

await withOwnPlatform({ name: 'timing', tell, environment }, async ({ url }, signal) => {
  const client = openHttpClient(url);
  const post = async (path: string, body: object) => (await client.send('POST', path, { body })).status;
  const email = (name: string) => `${name}@example.com`;
  for (let person = 0; person < 10; person += 1) {
    await post('/v1/users', {
      email: email(`known-${person}`),
      password: 'correct horse battery',
      displayName: 'A',
    });
  }
  const times: { known: number[]; unknown: number[] } = { known: [], unknown: [] };
  for (let sample = -20; sample < samples && !signal.aborted; sample += 1) {
    const order = Math.random() < 0.5 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const);
    for (const kind of order) {
      const startedMs = performance.now();
      const status = await post('/v1/session', {
        email: email(`${kind}-${Math.abs(sample) % 10}`),
        password: 'a wrong one',
      });
      if (status !== 401) throw new Error(`A wrong password was answered ${status}.`);
      // The first ones warm up.
      if (sample >= 0) times[kind].push(performance.now() - startedMs);
    }
  }
  client.close();
  report(times);
});

function report({ known, unknown }: { known: number[]; unknown: number[] }) {
  const rows = { known: known.sort(ascending), unknown: unknown.sort(ascending) };
  console.log(`| e-mail  | samples | ${percentiles.map((percentile) => `p${percentile} ms`).join(' | ')} |`);
  console.log(`| ------- | ------- | ${percentiles.map(() => '---').join(' | ')} |`);
  for (const [name, sorted] of Object.entries(rows)) {
    const cells = percentiles.map((percentile) => at(sorted, percentile).toFixed(1));
    console.log(`| ${name.padEnd(7)} | ${sorted.length} | ${cells.join(' | ')} |`);
  }
  const right = bestGuess(rows.known, rows.unknown);
  console.log(`\nratio of the medians ${(at(rows.unknown, 50) / at(rows.known, 50)).toFixed(3)}`);
  console.log(
    `a guess by the time alone is right in ${(right * 100).toFixed(1)} % of cases (${rightMax * 100} % allowed, 50 % is chance)`,
  );
  if (right > rightMax) process.exitCode = 1;
}

/**
 * How often the best threshold is right: half of one and the largest distance between the two cumulative distributions (Kolmogorov–Smirnov).
 * @param a sorted
 * @param b sorted
 */
function bestGuess(a: number[], b: number[]) {
  let largest = 0;
  for (const time of [...a, ...b]) {
    const below = (sorted: number[]) => sorted.filter((value) => value <= time).length / sorted.length;
    largest = Math.max(largest, Math.abs(below(a) - below(b)));
  }
  return 0.5 + largest / 2;
}

function at(sorted: number[], percentile: number) {
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percentile) / 100))] ?? NaN;
}

function ascending(a: number, b: number) {
  return a - b;
}
