import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { withOwnPlatform } from '../own-platform.ts';
import { progress } from '@mainstay/platform/terminal';
import { openCustomer } from '../clients/customer.ts';
import { openHttpClient, type Asked } from '../clients/http-client.ts';
import { withoutLimits } from '../limits.ts';
import { readFlags } from '../read-flags.ts';
import { median } from '../statistics.ts';
import type { Load, Measured } from './overload/load-generator.ts';

const users = 16;
/** `[2, 0.95]`: at 2 times the saturating load, goodput is at least 95 % of the highest goodput. */
const promised = new Map([
  [1, 0],
  [2, 0.95],
  [5, 0.9],
  [10, 0.85],
]);
const p99FactorMax = 2;

type Offer = (ratePerS: number, seconds: number) => Promise<Measured>;

/**
 * Measures goodput and latency at 1, 2, 5 and 10 times the load that saturates the platform.
 *
 *   --seconds 4 --rounds 5
 *   --saturating 250   the saturating load in requests per second (default: a ramp finds it). To compare versions, use the same value
 *
 * Goodput is the number of 2xx replies per second that come within a second of their request. The highest goodput is 100 %.
 * Exit code 1 if goodput is below 95 % at 2 times the load, 90 % at 5 times, or 85 % at 10 times.
 * Exit code 1 also if the p99 of admitted requests is more than twice the p99 at 1 times the load.
 */
export async function run(args: string[]): Promise<void> {
  const values = readFlags({ seconds: 4, rounds: 5, saturating: 0 }, args);
  const generatorCores = shareCores();
  const environment = { LOG_LEVEL: 'warn', ...withoutLimits };
  await withOwnPlatform({ name: 'overload', tell: progress, environment }, async ({ url }, signal) => {
    const requests = await prepare(url);
    const generator = fork(join(import.meta.dirname, 'overload/load-generator.ts'), [url], onCores(generatorCores));
    const offer: Offer = async (ratePerS, seconds) => {
      generator.send({ ratePerS, seconds, requests } satisfies Load);
      const [measured] = (await once(generator, 'message', { signal })) as [Measured];
      await delay(500); // wait until refused requests have ended
      return measured;
    };
    try {
      await offer(300, 10); // warm-up: the first requests are slow, because the code is not compiled yet
      const saturatingPerS = values.saturating || (await findSaturation(offer));
      const measured = new Map<number, Measured[]>([...promised.keys()].map((multiple) => [multiple, []]));
      for (let round = 1; round <= values.rounds; round += 1) {
        for (const [multiple, results] of measured) {
          const result = await offer(saturatingPerS * multiple, values.seconds);
          progress(`round ${round}, ${multiple} ×: ${describe(result)}`);
          results.push(result);
        }
      }
      if (!judge(saturatingPerS, measured)) process.exitCode = 1;
    } finally {
      if (generator.connected) generator.disconnect();
    }
  });
}

/** Binds this process and its children to half of the cores. Returns the free half, or undefined if binding fails. */
function shareCores(): string | undefined {
  const cores = cpus().length;
  const half = Math.floor(cores / 2);
  const isBound =
    half > 0 && spawnSync('taskset', ['-a', '-p', '-c', `0-${half - 1}`, String(process.pid)]).status === 0;
  progress(
    isBound ? `${half} of ${cores} cores for the platform, the others for the load` : 'The load shares all cores',
  );
  return isBound ? `${half}-${cores - 1}` : undefined;
}

function onCores(cores: string | undefined) {
  return cores === undefined ? {} : { execPath: 'taskset', execArgv: ['-c', cores, process.execPath] };
}

/** Raises the load until two measurements in a row have less than 90 % goodput. Returns the highest goodput. */
async function findSaturation(offer: Offer): Promise<number> {
  const seconds = 3;
  let mostPerS = 0;
  for (let ratePerS = 100, failures = 0; failures < 2;) {
    const result = await offer(ratePerS, seconds);
    progress(`ramp, ${Math.round(ratePerS)}/s: ${describe(result)}`);
    mostPerS = Math.max(mostPerS, result.goodPerS);
    if (result.goodPerS * seconds < result.offered * 0.9) failures += 1;
    else [ratePerS, failures] = [ratePerS * 1.25, 0];
  }
  return mostPerS;
}

function judge(saturatingPerS: number, measured: Map<number, Measured[]>): boolean {
  type Figure = 'goodPerS' | 'admittedP50Ms' | 'admittedP99Ms' | 'refusedP99Ms';
  const medianOf = (multiple: number, figure: Figure) =>
    median(measured.get(multiple)!.map((result) => result[figure]));
  const peak = Math.max(...[...measured.keys()].map((multiple) => medianOf(multiple, 'goodPerS')));
  const rows = [...promised].map(([multiple, shareMin]) => {
    const share = medianOf(multiple, 'goodPerS') / peak;
    const p99Factor = medianOf(multiple, 'admittedP99Ms') / medianOf(1, 'admittedP99Ms');
    return {
      load: `${multiple} ×`,
      'offered/s': Math.round(saturatingPerS * multiple),
      'goodput/s': Math.round(medianOf(multiple, 'goodPerS')),
      'of peak': `${Math.round(share * 100)} %`,
      'admitted p50 ms': Math.round(medianOf(multiple, 'admittedP50Ms')),
      'admitted p99 ms': Math.round(medianOf(multiple, 'admittedP99Ms')),
      'p99 to 1 ×': p99Factor.toFixed(2),
      'refused p99 ms': Math.round(medianOf(multiple, 'refusedP99Ms')),
      lost: measured.get(multiple)!.reduce((sum, { statuses }) => sum + (statuses.lost ?? 0), 0),
      holds: share >= shareMin && p99Factor <= p99FactorMax,
    };
  });
  console.table(rows);
  return rows.every(({ holds }) => holds);
}

function describe({ goodPerS, statuses, admittedP50Ms, admittedP99Ms }: Measured): string {
  const times = `p50 ${Math.round(admittedP50Ms)} ms, p99 ${Math.round(admittedP99Ms)} ms`;
  return `${Math.round(goodPerS)}/s good, ${JSON.stringify(statuses)}, ${times}`;
}

async function prepare(url: string): Promise<Asked[]> {
  const client = openHttpClient({ url });
  const customers = await Promise.all(Array.from({ length: users }, () => openCustomer(client.send)));
  client.close();
  return customers.flatMap((customer, number) => {
    const payment = customer.payment('', customers[(number + 1) % users]!.accounts[0]);
    return [payment, payment, payment, { path: `/v1/accounts/${customer.accounts[0]}`, cookie: customer.cookie() }];
  });
}
