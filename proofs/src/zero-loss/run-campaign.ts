import { cp, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { checkFeeds } from '../campaign/check-feeds.ts';
import { createRandom } from '../campaign/random.ts';
import { checkMoney } from '../money/check-money.ts';
import { progress } from '@mainstay/platform/terminal';
import { checkOpenings } from './check-openings.ts';
import { startLoad } from './load.ts';
import { Outcomes } from './outcomes.ts';
import { disturbanceTable, reasonsOf, requestTable } from './report.ts';
import type { Door } from './customer.ts';
import type { Plan } from './disturb.ts';
import type { LoadOptions } from './load.ts';
import type { Result } from '../money/result.ts';

/** Between two disturbances: long enough for idle connections, and for a p99 of calm times. */
const PAUSE_MS = { least: 300, most: 1_500 };
/** What is still on its way gets so long to arrive in the event store and in live feeds. */
const LAST_EVENTS_MS = 120_000;
const LAST_FEED_EVENTS_MS = 30_000;
/** The exit code of a program that Ctrl-C has ended. */
const INTERRUPTED = 130;

export interface Campaign {
  doors: Door[];
  plans: Plan[];
  load: LoadOptions;
  books: { databaseUrl: string; mongoUrl: string; journalFile: string };
  /** seconds of load before the first disturbance and after the last */
  calmS: number;
  /** no disturbance is begun later */
  minutesMax: number;
  seed: number;
  interrupted: AbortSignal;
  logDirectory: string;
  /** the machine has other work too */
  isBusy: boolean;
  /** also where all is well */
  keepsEvidence: boolean;
}

/**
 * Load, disturbances, and then the proof.
 * @returns the exit code
 */
export async function runCampaign(campaign: Campaign): Promise<number> {
  const { doors, load: options, books, calmS, seed, interrupted } = campaign;
  const outcomes = new Outcomes(campaign);
  try {
    progress(
      `${options.clients} clients and ${options.feeds} live feeds come in by each of: ${doors.map(({ name }) => name).join(', ')}`,
    );
    const load = await startLoad({ journalFile: books.journalFile, outcomes, signal: interrupted }, doors, options);
    const beganAt = performance.now();
    await delay(calmS * 1_000, undefined, { signal: interrupted });
    const left = await disturb(campaign, outcomes);
    await delay(calmS * 1_000, undefined, { signal: interrupted });
    progress('The clients finish what they have begun');
    await load.stop();
    const seconds = (performance.now() - beganAt) / 1_000;
    interrupted.throwIfAborted();

    progress('The books');
    const results = [await checkOpenings(load.customers), ...(await checkMoney({ ...books, waitMs: LAST_EVENTS_MS }))];
    const feeds = await checkFeeds(books.mongoUrl, load.feeds, LAST_FEED_EVENTS_MS);
    results.push({
      name: 'feeds',
      statement: 'Each live feed showed each event once',
      counted: feeds.due,
      violations: [...feeds.missing, ...feeds.repeated],
    });
    await load.close();
    const isWhole = conclude({ doors: doors.map(({ name }) => name), outcomes, results, seconds, seed, left });
    if (!isWhole || campaign.keepsEvidence) await keepEvidence(campaign, outcomes, results);
    return isWhole ? 0 : 1;
  } catch (error) {
    await keepEvidence(campaign, outcomes, String(error));
    if (interrupted.aborted) return INTERRUPTED;
    throw error;
  }
}

/**
 * Each disturbance as often as it was asked for, in an order of chance.
 * @returns how many were left when the time was over
 */
async function disturb({ plans, minutesMax, seed, interrupted }: Campaign, outcomes: Outcomes): Promise<number> {
  const random = createRandom(seed);
  const endAt = performance.now() + minutesMax * 60_000;
  const due = plans.flatMap((plan) => Array.from({ length: plan.times }, () => plan));
  for (let number = 1; due.length > 0 && performance.now() < endAt; number += 1) {
    const [plan] = due.splice(random.between(0, due.length - 1), 1);
    if (!plan) break;
    const beganAt = performance.now();
    const before = outcomes.all.length;
    const { detail = '', death, badShare } = await plan.make(random, number);
    const endedAt = performance.now();
    outcomes.disturbances.push({
      name: plan.name,
      detail,
      beganAt,
      endedAt,
      ...(death && { death }),
      ...(badShare !== undefined && { badShare }),
    });
    const failed = outcomes.all.slice(before).filter(({ ending }) => ending !== 'answered');
    progress(
      `${number}: ${plan.name} ${detail} took ${((endedAt - beganAt) / 1_000).toFixed(1)} s; ${outcomes.all.length - before} requests, not simply answered: ${failed.length}`,
    );
    for (const { ending, kind, reason } of failed.slice(0, 5)) progress(`   ${ending} ${kind}: ${reason}`);
    await delay(random.between(PAUSE_MS.least, PAUSE_MS.most), undefined, { signal: interrupted });
  }
  return due.length;
}

/** Prints all, and says whether nothing was lost. */
function conclude({
  doors,
  outcomes,
  results,
  seconds,
  seed,
  left,
}: {
  doors: string[];
  outcomes: Outcomes;
  results: Result[];
  seconds: number;
  seed: number;
  left: number;
}) {
  for (const { statement, counted, violations } of results) {
    console.log(
      `${violations.length === 0 ? 'ok  ' : 'FAIL'}  ${statement} (${counted})${violations
        .slice(0, 3)
        .map((text) => `\n      ${text}`)
        .join('')}`,
    );
  }
  console.log(`\n${requestTable(outcomes, doors)}\n\n${disturbanceTable(outcomes)}\n`);
  const rate = outcomes.all.length / seconds;
  console.log(`${outcomes.all.length} requests in ${seconds.toFixed(0)} s (${rate.toFixed(0)}/s), seed ${seed}`);
  for (const line of reasonsOf(outcomes)) console.log(line);
  const { unforgivable, badBuilds } = outcomes;
  for (const { name, bad, of, isTooMany } of badBuilds) {
    console.log(
      `${isTooMany ? 'FAIL' : 'ok  '}  ${name}: ${bad} of ${of} requests answered 500 while it served a share`,
    );
  }
  for (const outcome of unforgivable.slice(0, 10)) console.log(`UNANSWERED  ${JSON.stringify(outcome)}`);
  if (left > 0) console.log(`The time was over before ${left} disturbances were made.`);
  const isWhole =
    unforgivable.length === 0 &&
    left === 0 &&
    !badBuilds.some(({ isTooMany }) => isTooMany) &&
    results.every(({ violations }) => violations.length === 0);
  console.log(isWhole ? 'Nothing was lost, and nothing hung.' : 'Not everything is as it must be.');
  return isWhole;
}

/** The journal, the logs of all processes, and what was found. */
async function keepEvidence({ books, logDirectory }: Campaign, outcomes: Outcomes, findings: unknown) {
  const place = await mkdtemp(join(tmpdir(), 'mainstay-evidence-'));
  await cp(logDirectory, join(place, 'logs'), { recursive: true });
  await cp(books.journalFile, join(place, 'journal.jsonl'));
  await writeFile(
    join(place, 'findings.json'),
    JSON.stringify({ findings, ...outcomes, startedAt: performance.timeOrigin }, null, 2),
  );
  progress(`The evidence is kept in ${place}`);
}
