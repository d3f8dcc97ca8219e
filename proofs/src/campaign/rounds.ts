import { setTimeout as delay } from 'node:timers/promises';
import { faultsInTurn } from './faults.ts';
import type { OwnPlatform } from '@mainstay/platform/start/own-platform';
import type { Random } from './random.ts';

/** A platform that is not well again by then is not going to be. */
const WELL_AGAIN_MAX_MS = 60_000;
const PAUSE_MS = { least: 500, most: 2_500 };

/** When clients last got what they asked for, in milliseconds of performance.now(). */
interface Served {
  money: number;
  activity: number;
}
export interface Round {
  fault: string;
  detail: string;
  recoveryMs: number;
}

/**
 * One fault after the other, each begun only when the platform is well again after the last.
 * @throws Error when the platform stays ill
 */
export async function runRounds(
  platform: OwnPlatform,
  served: Served,
  {
    random,
    only,
    goesOn,
    signal,
    tell,
  }: {
    random: Random;
    only: string;
    goesOn: (roundsDone: number) => boolean;
    signal: AbortSignal;
    tell: (sentence: string) => void;
  },
): Promise<Round[]> {
  const rounds = [];
  for (const fault of faultsInTurn(random, only)) {
    if (!goesOn(rounds.length)) break;
    const { detail, make } = fault.plan(platform, random);
    const pauseMs = random.between(PAUSE_MS.least, PAUSE_MS.most);
    tell(`round ${rounds.length + 1}: ${fault.name} ${detail}`.trimEnd());
    await make();
    const overAt = performance.now();
    await becomeWell(platform, served, overAt, fault.name, signal);
    const recoveryMs = Math.max(0, Math.max(served.money, served.activity) - overAt);
    tell(`         served again ${(recoveryMs / 1_000).toFixed(1)} s after the cause was gone`);
    rounds.push({ fault: fault.name, detail, recoveryMs });
    await delay(pauseMs, undefined, { signal });
  }
  return rounds;
}

/** Well: since the cause is gone, money has been moved, activity has been read, and every service says that it reaches its stores. */
async function becomeWell(
  { managementUrls }: OwnPlatform,
  served: Served,
  overAt: number,
  fault: string,
  signal: AbortSignal,
) {
  for (;;) {
    signal.throwIfAborted();
    const ills = await Promise.all(Object.values(managementUrls).map(isIll));
    if (served.money > overAt && served.activity > overAt && !ills.includes(true)) return;
    if (performance.now() - overAt > WELL_AGAIN_MAX_MS) {
      throw new Error(`The platform did not recover within ${WELL_AGAIN_MAX_MS / 1_000} s of "${fault}".`);
    }
    await delay(50, undefined, { signal });
  }
}

async function isIll(managementUrl: string) {
  try {
    const reply = await fetch(`${managementUrl}/readyz`, { signal: AbortSignal.timeout(2_000) });
    const { degraded } = (await reply.json()) as { degraded: string[] };
    return reply.status !== 200 || degraded.length > 0;
  } catch {
    return true;
  }
}
