import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import type { Shutdown } from '@mainstay/platform/start/shutdown';
import { progress } from '@mainstay/platform/terminal';
import { keepEvidence } from '../evidence.ts';
import { checkFeeds } from '../money/check-feeds.ts';
import { checkMoney } from '../money/check-money.ts';
import { printResults, type Result } from '../money/result.ts';
import { createRandom } from '../random.ts';
import type { Plan } from './disturb.ts';
import { checkOpenings, startLoad, type Door, type LoadOptions } from './load.ts';
import { isWithoutAnswer, Outcomes } from './outcomes.ts';
import { printDisturbances, printRequests, reasonsOf } from './report.ts';

/** Milliseconds between two disturbances, long enough for some connections to become idle. */
const PAUSE_MS = { least: 300, most: 1_500 };
/** Milliseconds after the end of the load within which MongoDB must contain all events. */
const LAST_EVENTS_MS = 120_000;
/** Milliseconds after the check of MongoDB within which the live feeds must show all events. */
const LAST_FEED_EVENTS_MS = 30_000;
const INTERRUPTED = 130;

/** A campaign disturbs a platform under load, and then checks the results. */
export interface Campaign {
  /** Folder of this run. The folder contains the journal, and the subfolder `logs`. */
  directory: string;
  shutdown: Shutdown;
  doors: Door[];
  plans: Plan[];
  /** Calls `check` with the URLs of PostgreSQL and MongoDB. */
  withBooks: <Result>(check: (books: Books) => Promise<Result>) => Promise<Result>;
}
export interface Books {
  databaseUrl: string;
  mongoUrl: string;
}
export interface CampaignOptions {
  load: LoadOptions;
  /** Seconds of load without disturbances, at the start and at the end. */
  calmS: number;
  /** Number of minutes after which no disturbance begins. */
  minutesMax: number;
  /** If true, the campaign allows that a request fails because a store is slow. */
  isBusy: boolean;
  /** If true, the journal and the logs remain even after a successful run. */
  keepsEvidence: boolean;
}

/** Runs the load, the disturbances and then the checks. Returns the exit code. */
export async function runCampaign(campaign: Campaign, options: CampaignOptions): Promise<number> {
  const { doors, withBooks, directory, shutdown } = campaign;
  const { signal } = shutdown;
  const outcomes = new Outcomes(options);
  const journalFile = join(directory, 'journal.jsonl');
  await writeFile(journalFile, '');
  const names = doors.map(({ name }) => name);
  try {
    progress(`${options.load.clients} clients and ${options.load.feeds} live feeds use each of: ${names.join(', ')}`);
    const load = await startLoad({ journalFile, outcomes, signal }, doors, options.load);
    const beganAt = performance.now();
    await delay(options.calmS * 1_000, undefined, { signal });
    const left = await disturb(campaign, options, outcomes);
    await delay(options.calmS * 1_000, undefined, { signal });
    progress('The clients finish their current requests');
    await load.stop();
    const seconds = (performance.now() - beganAt) / 1_000;
    signal.throwIfAborted();

    progress('The books');
    const results = await withBooks(async (books) => [
      await checkOpenings(load.customers),
      ...(await checkMoney({ ...books, journalFile, waitMs: LAST_EVENTS_MS })),
      await checkFeeds(books.mongoUrl, load.feeds, LAST_FEED_EVENTS_MS),
      ...checkOutcomes(outcomes, left),
    ]);
    await load.close();
    const isWhole = printResults(results);
    printRequests(outcomes);
    printDisturbances(outcomes);
    const { length } = outcomes.all;
    console.log(
      `${length} requests in ${seconds.toFixed(0)} s (${(length / seconds).toFixed(0)}/s), seed ${options.load.seed}`,
    );
    for (const line of reasonsOf(outcomes)) console.log(line);
    console.log(isWhole ? verdict(outcomes) : 'A check failed: see the lines with FAIL.');
    if (!isWhole || options.keepsEvidence) await keepEvidence(directory, { results, ...outcomes });
    return isWhole ? 0 : 1;
  } catch (error) {
    await keepEvidence(directory, { error: String(error), ...outcomes });
    if (signal.aborted) return INTERRUPTED;
    throw error;
  }
}

/** Causes all disturbances in random order. Returns the number of disturbances that were not made in time. */
async function disturb(
  { plans, shutdown }: Campaign,
  { minutesMax, load }: CampaignOptions,
  outcomes: Outcomes,
): Promise<number> {
  const random = createRandom(load.seed);
  const endAt = performance.now() + minutesMax * 60_000;
  const due = plans.flatMap((plan) => Array<Plan>(plan.times).fill(plan));
  for (let number = 1; due.length > 0 && performance.now() < endAt; number += 1) {
    const { name, make } = random.take(due);
    const [beganAt, before] = [performance.now(), outcomes.all.length];
    const disturbance = { name, beganAt, detail: '', ...(await make(random, number)), endedAt: performance.now() };
    outcomes.disturbances.push(disturbance);
    const those = outcomes.all.slice(before);
    const failed = those.filter(({ ending }) => ending !== 'answered');
    const seconds = ((disturbance.endedAt - beganAt) / 1_000).toFixed(1);
    progress(
      `${number}: ${name} ${disturbance.detail} took ${seconds} s; ${those.length} requests, ${failed.length} not answered at the first try`,
    );
    for (const { ending, kind, reason } of failed.slice(0, 5)) progress(`   ${ending} ${kind}: ${reason}`);
    await delay(random.between(PAUSE_MS.least, PAUSE_MS.most), undefined, { signal: shutdown.signal });
  }
  return due.length;
}

function verdict({ all }: Outcomes): string {
  const failed = all.filter(isWithoutAnswer).length;
  return failed === 0
    ? 'Nothing was lost, and nothing hung.'
    : `${failed} requests failed in a way that this campaign allows.`;
}

function checkOutcomes(outcomes: Outcomes, left: number): Result[] {
  const { unforgivable, badBuilds, disturbances } = outcomes;
  return [
    {
      name: 'answers',
      statement: 'No request was lost or hung',
      counted: outcomes.all.length,
      violations: unforgivable.map((outcome) => JSON.stringify(outcome)),
    },
    {
      name: 'disturbances',
      statement: 'All disturbances were made in time',
      counted: disturbances.length + left,
      violations: Array<string>(left).fill('not made'),
    },
    ...badBuilds.map(({ name, bad, of, isTooMany }) => ({
      name: 'bad build',
      statement: `${name}: no more requests were answered 500 than its share`,
      counted: of,
      violations: isTooMany ? [`${bad} were`] : [],
    })),
  ];
}
