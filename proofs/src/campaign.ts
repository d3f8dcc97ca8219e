/**
 * Faults of chance under load, again and again, and then the proof that nothing was lost.
 *
 *   npm run build && node proofs/src/campaign.ts [--minutes 10 | --rounds N] [--seed S] [--clients 32] [--feeds 4] [--only 'redis killed']
 *
 * Runs on a platform of its own (real stores, free ports, a temporary directory) that ends with it, also on Ctrl-C. A seed repeats the same faults in the
 * same order with the same durations; the moments at which they meet requests are the machine's. Exit code 1 when anything was lost, doubled or missing,
 * when a client got an answer that it must not get, or when the platform did not recover; then the evidence is kept, and its place is printed.
 */
import { setMaxListeners } from 'node:events';
import { cp, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { withOwnPlatform } from '@mainstay/platform/start/own-platform';
import { progress, runCommand } from '@mainstay/platform/terminal';
import { checkFeeds } from './campaign/check-feeds.ts';
import { startLoad } from './campaign/load.ts';
import { createRandom } from './campaign/random.ts';
import { recoveryTable, tableOf } from './campaign/report.ts';
import { runRounds } from './campaign/rounds.ts';
import { Tally } from './campaign/tally.ts';
import { checkMoney } from './money/check-money.ts';
import type { OwnPlatform } from '@mainstay/platform/start/own-platform';
import type { Outcome } from './campaign/report.ts';

/** What is under way at the end gets its answer within this, and its event within the other. */
const LAST_ANSWERS_MS = 60_000;
const LAST_EVENTS_MS = 300_000;
/** The exit code of a program that Ctrl-C has ended. */
const INTERRUPTED = 130;
/** After this the platform serves again once a store is back. */
const RECOVERY_PROMISED_MS = 5_000;
/** The clients all have one address, and work for hours' worth of requests. */
const LIMITS = { RATE_LIMIT_ANONYMOUS_MAX: '10000000', RATE_LIMIT_SESSION_MAX: '10000000' };

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    rounds: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    clients: { type: 'string', default: '32' },
    feeds: { type: 'string', default: '4' },
    only: { type: 'string', default: '' },
  },
});
const [seed, clients, feeds] = [Number(values.seed), Number(values.clients), Number(values.feeds)];
const roundsMax = values.rounds === undefined ? Infinity : Number(values.rounds);
const endAt = values.rounds === undefined ? performance.now() + Number(values.minutes) * 60_000 : Infinity;

await runCommand(() => {
  progress(`Seed ${seed}: --seed ${seed} repeats these faults`);
  return withOwnPlatform({ name: 'campaign', tell: () => undefined, environment: LIMITS }, campaign);
});
process.exit(); // what a failed run left waiting need not be waited for

/** @returns the exit code */
async function campaign(platform: OwnPlatform, interrupted: AbortSignal): Promise<number> {
  const giveUp = new AbortController();
  const signal = AbortSignal.any([interrupted, giveUp.signal]);
  setMaxListeners(0, signal); // every waiting client hears it
  const tally = new Tally();
  const served = { money: 0, activity: 0 };
  const journalFile = join(platform.directory, 'journal.jsonl');
  await writeFile(journalFile, '');
  const onDone = (kind: 'money' | 'activity') => void (served[kind] = performance.now());
  try {
    progress(`${clients} clients sign up`);
    const load = await startLoad({ url: platform.url, journalFile, tally, signal, onDone }, { clients, feeds, seed });
    const beganAt = performance.now();
    const rounds = await runRounds(platform, served, {
      random: createRandom(seed),
      only: values.only,
      goesOn: (done) => done < roundsMax && performance.now() < endAt,
      signal,
      tell: progress,
    });
    const seconds = (performance.now() - beganAt) / 1_000;
    progress('The clients finish what they have begun');
    const tooLate = setTimeout(() => giveUp.abort(new Error('requests were never answered')), LAST_ANSWERS_MS);
    await load.stop();
    clearTimeout(tooLate);
    signal.throwIfAborted();

    progress('The checker');
    const { url: databaseUrl } = platform.stores.postgres;
    const { url: mongoUrl } = platform.stores.mongo;
    const results = await checkMoney({ databaseUrl, mongoUrl, journalFile, waitMs: LAST_EVENTS_MS });
    const feedResult = await checkFeeds(mongoUrl, load.feeds, 30_000);
    await load.close();
    return await conclude({ seed, seconds, clients, rounds, tally, results, feeds: feedResult }, platform);
  } catch (error) {
    if (interrupted.aborted) return INTERRUPTED;
    await keepEvidence(platform, { error: String(error), tally });
    throw error;
  } finally {
    giveUp.abort();
  }
}

async function conclude(outcome: Outcome, platform: OwnPlatform) {
  const { results, feeds: feedResult, tally } = outcome;
  for (const { statement, counted, violations } of results) {
    console.log(`${violations.length === 0 ? 'ok  ' : 'FAIL'}  ${statement} (${counted})`);
  }
  console.log(`\n${tableOf(outcome)}\n\n${recoveryTable(outcome.rounds)}\n`);
  for (const text of tally.unexpected.slice(0, 5)) console.log(`Unexpected: ${text}`);
  const isWhole =
    results.every(({ violations }) => violations.length === 0) &&
    feedResult.missing.length + feedResult.repeated.length + tally.unexpected.length === 0;
  // A promise too, but one that a busy machine breaks: it is looked into, and fails nothing.
  const isSlow = outcome.rounds.some(({ recoveryMs }) => recoveryMs > RECOVERY_PROMISED_MS);
  if (!isWhole || isSlow) await keepEvidence(platform, outcome);
  return isWhole ? 0 : 1;
}

/** The journal, the logs of all processes, and what was found. */
async function keepEvidence({ directory }: OwnPlatform, findings: object) {
  const place = await mkdtemp(join(tmpdir(), 'mainstay-evidence-'));
  await cp(join(directory, 'logs'), join(place, 'logs'), { recursive: true });
  await cp(join(directory, 'journal.jsonl'), join(place, 'journal.jsonl'));
  const plain = (_: string, value: unknown) => (value instanceof Map ? Object.fromEntries(value) : value);
  await writeFile(join(place, 'findings.json'), JSON.stringify(findings, plain, 2));
  progress(`The evidence is kept in ${place}`);
}
