import { withOwnPlatform, type OwnPlatform } from '../own-platform.ts';
import { checkBooks } from './check-books.ts';
import { cpuSeconds } from './cpu.ts';
import { makePayers, signInPayers, type Payers } from './payers.ts';
import { openPgbench } from './pgbench.ts';
import { readFlags } from '../read-flags.ts';
import { median } from '../statistics.ts';
import { sendTransfers } from './send-transfers.ts';

const accounts = 200;
const hotAccounts = 10;
const sessions = 32;

/**
 * Measures transfers per second, in turns with pgbench (TPC-B, 16 clients) on the same PostgreSQL. The loads:
 *
 *   accounts   POST /v1/transfers at the service, between 200 accounts
 *   hot        like accounts, but 80 % of the transfers go to 10 accounts
 *   gateway    through the gateway, with 32 sessions
 *
 * @throws Error if the ledger is wrong afterwards
 */
export async function run(args: string[]): Promise<void> {
  const values = readFlags({ rounds: 5, seconds: 10, clients: 32, only: 'accounts,hot,gateway' }, args);
  // Rate limits must not influence the result.
  const environment = { RATE_LIMIT_SESSION_MAX: '100000000', RATE_LIMIT_ANONYMOUS_MAX: '100000', LOG_LEVEL: 'warn' };
  const tell = (line: string) => console.log(line);
  await withOwnPlatform({ name: 'bench', tell, environment }, (platform) =>
    measure(platform, { ...values, kinds: values.only.split(',') }),
  );
}

interface Measure {
  rounds: number;
  seconds: number;
  clients: number;
  kinds: string[];
}

async function measure(platform: OwnPlatform, { rounds, seconds, clients, kinds }: Measure): Promise<void> {
  const pgbench = await openPgbench(platform.stores.postgres.adminUrl);
  const payers = await makePayers(platform, accounts);
  const signedIn = kinds.includes('gateway') ? await signInPayers(platform, sessions) : undefined;
  const targets: Record<string, () => Promise<Payers>> = {
    accounts: () => payers({ hot: 0 }),
    hot: () => payers({ hot: hotAccounts }),
    gateway: () => Promise.resolve(signedIn!),
  };
  const ratios = new Map<string, number[]>();
  const addRatio = (name: string, ratio: number) => ratios.set(name, [...(ratios.get(name) ?? []), ratio]);
  let acknowledged = 0;
  for (let round = 1; round <= rounds; round += 1) {
    const simple = await pgbench.run('simple', { clients: 16, seconds });
    const prepared = await pgbench.run('prepared', { clients: 16, seconds });
    console.log(`round ${round}  pgbench   ${simple.toFixed(0)} transactions/s, prepared ${prepared.toFixed(0)}`);
    for (const kind of kinds) {
      const target = await targets[kind]!();
      const before = cpuSeconds(platform.parts);
      const sent = await sendTransfers(target, { clients, seconds }, `${kind}-${round}`);
      const cpu = perTransfer(before, cpuSeconds(platform.parts), sent.succeeded);
      acknowledged += sent.succeeded;
      const perSecond = sent.succeeded / sent.seconds;
      addRatio(`${kind} beside pgbench`, perSecond / simple);
      addRatio(`${kind} beside pgbench with prepared statements`, perSecond / prepared);
      const rate = `${perSecond.toFixed(0)} transfers/s (${(perSecond / simple).toFixed(2)} x)`;
      const times = `p50 ${sent.p50Ms.toFixed(0)} ms, p99 ${sent.p99Ms.toFixed(0)} ms`;
      console.log(`round ${round}  ${kind.padEnd(9)} ${rate}, ${times}, refused ${sent.other}, CPU µs ${cpu}`);
    }
  }
  for (const [name, all] of ratios) {
    const [least, most] = [Math.min(...all), Math.max(...all)].map((ratio) => ratio.toFixed(2));
    console.log(`${name}: median ${median(all).toFixed(2)} x (${least} to ${most})`);
  }
  console.log(`99 % of the events were stored within ${await storeLagP99S(platform)} s`);
  await checkBooks(platform, acknowledged);
}

/** Returns the seconds within which 99 % of the events were stored, rounded up to a bound of the histogram. */
async function storeLagP99S({ managementUrls }: OwnPlatform): Promise<number> {
  const metrics = await (await fetch(`${managementUrls.activity}/metrics`)).text();
  const counts = new Map<number, number>();
  for (const [, bound, count] of metrics.matchAll(/^event_store_lag_seconds_bucket\{.*le="([^"]+)".*\} (\d+)$/gm)) {
    const seconds = bound === '+Inf' ? Infinity : Number(bound);
    counts.set(seconds, (counts.get(seconds) ?? 0) + Number(count));
  }
  const enough = 0.99 * Math.max(...counts.values());
  return Math.min(...[...counts].filter(([, count]) => count >= enough).map(([seconds]) => seconds));
}

function perTransfer(before: Record<string, number>, after: Record<string, number>, transfers: number): string {
  return Object.entries(after)
    .map(([name, seconds]) => `${name} ${Math.round(((seconds - (before[name] ?? 0)) / transfers) * 1e6)}`)
    .join(', ');
}
