/**
 * Causes random faults under load, one after the other, and then proves that nothing was lost.
 *
 *   npm run build && node proofs/src/campaign.ts [--minutes 10 | --rounds N] [--seed S] [--clients 32] [--feeds 4] [--only 'redis killed']
 *
 * Starts a temporary platform. The same seed repeats the faults with their durations, but not the requests.
 * Exit code 1 if a change was lost or made twice, if a client got a wrong reply, or if the platform did not recover.
 * After a failure, the command keeps journal and logs, and prints their path.
 */
import { setMaxListeners } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { withOwnPlatform, type OwnPlatform } from './own-platform.ts';
import { progress, runCommand } from '@mainstay/platform/terminal';
import { faultsInTurn } from './campaign/faults.ts';
import { startLoad } from './campaign/load.ts';
import { Tally } from './campaign/tally.ts';
import { keepEvidence } from './evidence.ts';
import { withoutLimits } from './limits.ts';
import { checkFeeds } from './money/check-feeds.ts';
import { checkMoney } from './money/check-money.ts';
import { printResults } from './money/result.ts';
import { createRandom } from './random.ts';
import { readFlags } from './read-flags.ts';
import { groupBy } from './statistics.ts';
import { until } from '@mainstay/platform/until';

/** Time limits after the load: for replies, events in MongoDB, and events in live feeds. */
const LAST_ANSWERS_MS = 60_000;
const LAST_EVENTS_MS = 300_000;
const LAST_FEED_EVENTS_MS = 30_000;
const INTERRUPTED = 130;
/** The promised maximum from the end of a fault until the recovery. */
const RECOVERY_PROMISED_MS = 5_000;
/** Without recovery within this time, the campaign ends with an error. */
const RECOVERY_MAX_MS = 60_000;
const PAUSE_MS = { least: 500, most: 2_500 };

const defaults = { minutes: 10, rounds: Infinity, seed: Date.now() % 1_000_000, clients: 32, feeds: 4, only: '' };
const { minutes, rounds: roundsMax, seed, clients, feeds, only } = readFlags(defaults);
const endAt = roundsMax === Infinity ? performance.now() + minutes * 60_000 : Infinity;

interface Round {
  fault: string;
  detail: string;
  recoveryMs: number;
}
/** Time of the latest successful reply of each kind (performance.now()). */
type Served = Record<'money' | 'activity', number>;

await runCommand(() => {
  progress(`Seed ${seed}: --seed ${seed} repeats these faults`);
  return withOwnPlatform({ name: 'campaign', tell: () => undefined, environment: withoutLimits }, campaign);
});
process.exit(); // open requests of a failed run would keep the process alive

/** @returns the exit code */
async function campaign(platform: OwnPlatform, interrupted: AbortSignal): Promise<number> {
  const { url, directory, stores } = platform;
  const giveUp = new AbortController();
  const signal = AbortSignal.any([interrupted, giveUp.signal]);
  setMaxListeners(0, signal); // no limit, because each client adds a listener
  const tally = new Tally();
  const served: Served = { money: 0, activity: 0 };
  const journalFile = join(directory, 'journal.jsonl');
  await writeFile(journalFile, '');
  try {
    progress(`${clients} clients sign up`);
    const onServed = (kind: keyof Served) => void (served[kind] = performance.now());
    const load = await startLoad({ url, journalFile, tally, signal, onServed }, { clients, feeds, seed });
    const beganAt = performance.now();
    const rounds = await makeFaults(platform, served, signal);
    const seconds = ((performance.now() - beganAt) / 1_000).toFixed(0);
    progress('The clients finish their current requests');
    const tooLate = setTimeout(() => giveUp.abort(new Error('requests were never answered')), LAST_ANSWERS_MS);
    await load.stop();
    clearTimeout(tooLate);
    signal.throwIfAborted();

    progress('The checker');
    const mongoUrl = stores.mongo.url;
    const results = await checkMoney({
      databaseUrl: stores.postgres.url,
      mongoUrl,
      journalFile,
      waitMs: LAST_EVENTS_MS,
    });
    results.push(await checkFeeds(mongoUrl, load.feeds, LAST_FEED_EVENTS_MS));
    await load.close();
    const areWhole = printResults(results);
    console.log(`\n${rounds.length} rounds in ${seconds} s, ${clients} clients, seed ${seed}`);
    printTally(tally);
    printRecoveries(rounds);
    for (const text of tally.unexpected.slice(0, 5)) console.log(`Unexpected: ${text}`);
    const isFast = rounds.every(({ recoveryMs }) => recoveryMs <= RECOVERY_PROMISED_MS);
    const isRight = areWhole && tally.unexpected.length === 0;
    if (!isRight || !isFast) await keepEvidence(directory, { tally, results, rounds });
    return isRight ? 0 : 1;
  } catch (error) {
    if (interrupted.aborted) return INTERRUPTED;
    await keepEvidence(directory, { error: String(error), tally });
    throw error;
  } finally {
    giveUp.abort();
  }
}

async function makeFaults(platform: OwnPlatform, served: Served, signal: AbortSignal): Promise<Round[]> {
  const random = createRandom(seed);
  const rounds: Round[] = [];
  for (const { name: fault, ms: [least, most] = [0, 0], make } of faultsInTurn(random, only)) {
    if (rounds.length >= roundsMax || performance.now() > endAt) break;
    const ms = random.between(least, most);
    const pauseMs = random.between(PAUSE_MS.least, PAUSE_MS.most);
    const detail = most === 0 ? '' : `${ms} ms`;
    progress(`round ${rounds.length + 1}: ${fault} ${detail}`);
    await make(platform, ms);
    const overAt = performance.now();
    const hasRecovered = async () => {
      const unhealthy = await Promise.all(Object.values(platform.managementUrls).map(isUnhealthy));
      return served.money > overAt && served.activity > overAt && !unhealthy.includes(true);
    };
    await until(`the platform recovers from "${fault}"`, hasRecovered, {
      timeoutMs: RECOVERY_MAX_MS,
      everyMs: 50,
      signal,
    });
    const recoveryMs = Math.max(0, Math.max(served.money, served.activity) - overAt);
    progress(`         served again ${(recoveryMs / 1_000).toFixed(1)} s after the end of the fault`);
    rounds.push({ fault, detail, recoveryMs });
    await delay(pauseMs, undefined, { signal });
  }
  return rounds;
}

async function isUnhealthy(managementUrl: string): Promise<boolean> {
  try {
    const reply = await fetch(`${managementUrl}/readyz`, { signal: AbortSignal.timeout(2_000) });
    return reply.status !== 200 || ((await reply.json()) as { degraded: string[] }).degraded.length > 0;
  } catch {
    return true;
  }
}

function printTally({ reasons, unexpected, ...counts }: Tally): void {
  const retries = [...reasons].sort(([, a], [, b]) => b - a);
  console.table({ ...counts, longestOutageMs: Math.round(counts.longestOutageMs), unexpected: unexpected.length });
  console.log(`Retried: ${retries.map(([reason, count]) => `${reason} ${count}`).join(', ')}`);
}

function printRecoveries(rounds: Round[]): void {
  const rows = [...groupBy(rounds, ({ fault }) => fault)].sort().map(([fault, those]) => {
    const longestMs = Math.max(...those.map(({ recoveryMs }) => recoveryMs));
    return { fault, times: those.length, 'longest until served again, s': Math.round(longestMs / 100) / 10 };
  });
  console.table(rows);
}
