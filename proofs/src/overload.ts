/**
 * What is left of the platform when many times more is asked of it than it can do: goodput and latency at 1, 2, 5 and 10 times the load that saturates it.
 *
 *   npm run build
 *   node proofs/src/overload.ts [--seconds 4] [--rounds 5] [--saturating 250]
 *
 * With `--saturating`, requests a second, there is no ramp: two versions are compared under equal loads.
 * Starts a platform of its own on half of the cores and a load generator on the others. A ramp finds the load that saturates: the most that is answered 2xx within a second. Then each round offers 1, 2, 5 and 10 times that; the table shows medians of the rounds. Ends by itself, in
 * some two minutes. Exit code 1 where goodput falls below 95, 90 and 85 % of its peak, or admitted requests' p99 more than doubles.
 */
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { withOwnPlatform } from '@mainstay/platform/start/own-platform';
import { openClient, openPeople } from './people.ts';
import type { Measured } from './overload/load-generator.ts';
import type { ForkOptions } from 'node:child_process';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '5' },
    saturating: { type: 'string' },
  },
});
const [seconds, rounds] = [Number(values.seconds), Number(values.rounds)];
const users = 16;
const multiples = [1, 2, 5, 10];
/** Share of the peak that goodput must keep, by multiple. */
const promised = new Map([
  [2, 0.95],
  [5, 0.9],
  [10, 0.85],
]);
const p99FactorMax = 2;

const tell = (sentence: string) => process.stderr.write(`${sentence}\n`);
const environment = {
  LOG_LEVEL: 'warn',
  RATE_LIMIT_ANONYMOUS_MAX: '100000000',
  RATE_LIMIT_SESSION_MAX: '100000000',
};

const { ofGenerator } = shareCores();
process.exitCode = await withOwnPlatform({ name: 'overload', tell, environment }, async ({ url }, signal) => {
  const requests = await prepare(url);
  const program = fileURLToPath(new URL('overload/load-generator.ts', import.meta.url));
  const generator = fork(program, [url], onCores(ofGenerator));
  const offer = async (ratePerS: number, seconds: number): Promise<Measured> => {
    generator.send({ ratePerS, seconds, requests });
    const [measured] = await once(generator, 'message', { signal });
    // What was refused may still be settling; the next measurement begins on a quiet platform.
    await new Promise((resolve) => setTimeout(resolve, 500));
    return measured;
  };
  try {
    await offer(300, 10); // the first thousands of requests are slow: code is not compiled yet
    const saturatingPerS = Number(values.saturating ?? (await findSaturation(offer)));
    const measured = new Map<number, Measured[]>(multiples.map((multiple) => [multiple, []]));
    for (let round = 1; round <= rounds; round += 1) {
      for (const multiple of multiples) {
        const result = await offer(saturatingPerS * multiple, seconds);
        tell(`round ${round}, ${multiple} ×: ${describe(result)}`);
        measured.get(multiple)?.push(result);
      }
    }
    return judge(saturatingPerS, measured) ? 0 : 1;
  } finally {
    if (generator.connected) generator.disconnect();
  }
});

/**
 * Gives platform and generator cores of their own where `taskset` can: a client's work is not what the platform is to be judged by. The platform's processes get
 * theirs from this one.
 */
function shareCores() {
  const cores = cpus().length;
  const half = Math.floor(cores / 2);
  const ofPlatform = `0-${half - 1}`;
  const isPinned = half > 0 && spawnSync('taskset', ['-a', '-p', '-c', ofPlatform, String(process.pid)]).status === 0;
  tell(isPinned ? `${half} of ${cores} cores for the platform, the others for the load` : 'The load shares all cores');
  return { ofGenerator: isPinned ? `${half}-${cores - 1}` : undefined };
}

function onCores(cores: string | undefined): ForkOptions {
  return cores === undefined ? {} : { execPath: 'taskset', execArgv: ['-c', cores, process.execPath] };
}

/** Raises the load until the platform, asked twice, cannot serve nine tenths of it; the most that it served on the way is the load that saturates it. */
async function findSaturation(offer: (ratePerS: number, seconds: number) => Promise<Measured>) {
  let mostPerS = 0;
  for (let ratePerS = 100, failures = 0; failures < 2;) {
    const result = await offer(ratePerS, 3);
    tell(`ramp, ${Math.round(ratePerS)}/s: ${describe(result)}`);
    mostPerS = Math.max(mostPerS, goodPerS(result));
    if (result.good < result.offered * 0.9) failures += 1;
    else [ratePerS, failures] = [ratePerS * 1.25, 0];
  }
  return mostPerS;
}

function judge(saturatingPerS: number, measured: Map<number, Measured[]>) {
  const medianOf = (multiple: number, read: (result: Measured) => number) =>
    median((measured.get(multiple) ?? []).map(read));
  const goodput = new Map(multiples.map((multiple) => [multiple, medianOf(multiple, goodPerS)]));
  const peak = Math.max(...goodput.values());
  const baseP99Ms = medianOf(1, ({ admittedP99Ms }) => admittedP99Ms);
  let holds = true;
  const rows = multiples.map((multiple) => {
    const share = (goodput.get(multiple) ?? 0) / peak;
    const p99Factor = medianOf(multiple, ({ admittedP99Ms }) => admittedP99Ms) / baseP99Ms;
    const rowHolds = share >= (promised.get(multiple) ?? 0) && p99Factor <= p99FactorMax;
    holds &&= rowHolds;
    return {
      load: `${multiple} ×`,
      'offered/s': Math.round(saturatingPerS * multiple),
      'goodput/s': Math.round(goodput.get(multiple) ?? 0),
      'of peak': `${Math.round(share * 100)} %`,
      'admitted p50 ms': Math.round(medianOf(multiple, ({ admittedP50Ms }) => admittedP50Ms)),
      'admitted p99 ms': Math.round(medianOf(multiple, ({ admittedP99Ms }) => admittedP99Ms)),
      'p99 to 1 ×': p99Factor.toFixed(2),
      'refused p99 ms': Math.round(medianOf(multiple, ({ refusedP99Ms }) => refusedP99Ms)),
      lost: (measured.get(multiple) ?? []).reduce((sum, { statuses }) => sum + (statuses.lost ?? 0), 0),
      holds: rowHolds,
    };
  });
  console.table(rows);
  return holds;
}

function describe(result: Measured) {
  const { statuses, admittedP50Ms, admittedP99Ms } = result;
  return `${Math.round(goodPerS(result))}/s good, ${JSON.stringify(statuses)}, p50 ${Math.round(admittedP50Ms)} ms, p99 ${Math.round(admittedP99Ms)} ms`;
}

function goodPerS({ good, seconds }: Measured) {
  return good / seconds;
}

function median(values: number[]) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

/** Signed-in people with accounts, and what they ask for, as whole HTTP messages: three payments to one look at the account. */
async function prepare(url: string) {
  const client = openClient(url, users);
  const people = await openPeople(client, users);
  client.close();
  const { host } = new URL(url);
  return people.flatMap(({ cookie, from: id }, number) => {
    const head = `Host: ${host}\r\nCookie: ${cookie}\r\n`;
    const get = (path: string) => `GET ${path} HTTP/1.1\r\n${head}\r\n`;
    const neighbour = people[(number + 1) % people.length]?.from;
    const transfer = JSON.stringify({ fromAccountId: id, toAccountId: neighbour, amount: 1 });
    const bodyHead = `Content-Type: application/json\r\nContent-Length: ${transfer.length}\r\n`;
    const pay = `POST /v1/transfers HTTP/1.1\r\n${head}${bodyHead}Idempotency-Key: {key}\r\n\r\n${transfer}`;
    return [pay, pay, pay, get(`/v1/accounts/${id}`)];
  });
}
