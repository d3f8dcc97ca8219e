import { join } from 'node:path';
import { findOnPath } from '@mainstay/platform/processes/programs';
import { withOwnPlatform } from '@mainstay/platform/start/own-platform';
import { build, install } from '@mainstay/platform/start/install';
import { progress, Refusal, runCommand } from '@mainstay/platform/terminal';
import { startTraffic } from '../traffic/traffic.ts';
import { drills } from './drills.ts';
import { startPrometheus } from './prometheus.ts';
import type { Drill, Prepared } from './drill.ts';
import type { OwnPlatform } from '@mainstay/platform/start/own-platform';
import type { Prometheus } from './prometheus.ts';

/** All rules are as many times faster than in production. */
const DIVISOR = 60;
const RATE = 10;
const FIRE_WITHIN_S = 300;
/** Six hours of the slowest window are six minutes here. */
const END_WITHIN_S = 600;

export function runDrills(args: string[]) {
  return runCommand(async () => {
    const chosen = args.includes('--all') ? drills : drills.filter(({ alert }) => args.includes(alert));
    const unknown = args.find((arg) => arg !== '--all' && !drills.some(({ alert }) => alert === arg));
    if (unknown) throw new Refusal(`There is no drill for "${unknown}". npm run drill lists them.`);
    if (chosen.length === 0) {
      for (const { alert, fault } of drills) console.log(`${alert.padEnd(31)} ${fault}`);
      return 0;
    }
    await install();
    await build();

    const failures = [];
    for (const drill of chosen) if (!(await runDrill(drill))) failures.push(drill.alert);
    if (chosen.length > 1)
      console.log(`${chosen.length - failures.length} drills succeeded; failed: ${failures.join(', ') || 'none'}`);
    return failures.length === 0 ? 0 : 1;
  });
}

/** @returns whether the alert fired and ended */
async function runDrill(drill: Drill): Promise<boolean> {
  const { alert, fault, programs = [], prepare } = drill;
  for (const program of ['prometheus', ...programs]) {
    if (!(await findOnPath(program)))
      throw new Refusal(`The drill of ${alert} needs ${program}, which is not installed here.`);
  }
  console.log(`\n${alert}: ${fault}`);
  const quiet = () => undefined;
  const prepared = (await prepare?.()) ?? { environment: {}, close: async () => undefined };
  try {
    return await withOwnPlatform(
      {
        name: 'drill',
        tell: quiet,
        environment: {
          RATE_LIMIT_ANONYMOUS_MAX: '1000000',
          RATE_LIMIT_SESSION_MAX: '1000000',
          ...prepared.environment,
        },
      },
      async (platform, signal) => {
        const ending = new AbortController();
        const signals = AbortSignal.any([signal, ending.signal]);
        const traffic = await startTraffic({
          url: platform.url,
          rate: RATE,
          people: 6,
          feeds: 2,
          peopleFile: join(platform.directory, 'people.json'),
          signal: signals,
        });
        const prometheus = await startPrometheus({
          platform,
          divisor: DIVISOR,
          jobs: (await drill.jobs?.(platform)) ?? [],
        });
        try {
          return await watchAlert(drill, { platform, prepared, prometheus, signal });
        } finally {
          ending.abort();
          await traffic.done;
          await prometheus.stop();
          await drill.close?.();
        }
      },
    );
  } catch (error) {
    progress(`${alert}: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  } finally {
    await prepared.close();
  }
}

async function watchAlert(
  { alert, service, begin }: Drill,
  {
    platform,
    prepared,
    prometheus,
    signal,
  }: { platform: OwnPlatform; prepared: Prepared; prometheus: Prometheus; signal: AbortSignal },
) {
  const wait = (what: string, limitS: number, holds: () => Promise<boolean>) => waitFor(what, limitS, holds, signal);
  await wait('Prometheus has scraped every service', 60, () => prometheus.isScraping());
  await wait(`${alert} is silent before the fault`, 120, async () => !(await prometheus.find(alert, service)));
  progress('All is well, and the fault is made');
  const mend = await begin({ platform, prepared, signal });
  try {
    const firesS = await wait(
      `${alert} fires`,
      FIRE_WITHIN_S,
      async () => (await prometheus.find(alert, service)) !== undefined,
    );
    const { annotations, labels } = (await prometheus.find(alert, service)) ?? {
      annotations: { summary: '' },
      labels: { severity: '' },
    };
    progress(`${alert} (${labels.severity}) fires after ${firesS} s: ${annotations.summary}`);
  } finally {
    await mend();
  }
  progress(
    `The fault is mended. Firing besides: ${(await prometheus.firing()).filter((name) => name !== alert).join(', ') || 'nothing'}`,
  );
  const endsS = await wait(`${alert} ends`, END_WITHIN_S, async () => !(await prometheus.find(alert, service)));
  progress(`${alert} ended after ${endsS} s`);
  return true;
}

/**
 * @returns the seconds that it took
 * @throws Error where it took too long
 */
async function waitFor(
  what: string,
  limitS: number,
  holds: () => Promise<boolean>,
  signal: AbortSignal,
): Promise<number> {
  const beganMs = performance.now();
  const seconds = () => Math.round((performance.now() - beganMs) / 1_000);
  while (!(await holds())) {
    signal.throwIfAborted();
    if (seconds() > limitS) throw new Error(`Waited ${limitS} s in vain: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return seconds();
}
