// @ts-check
import { setTimeout as delay } from 'node:timers/promises';
import { faultsInTurn } from './faults.mjs';

/** A platform that is not well again by then is not going to be. */
const WELL_AGAIN_MAX_MS = 60_000;
const PAUSE_MS = { least: 500, most: 2_500 };

/** @typedef {import('./disturb.mjs').OwnPlatform} OwnPlatform */
/**
 * When clients last got what they asked for, in milliseconds of performance.now().
 * @typedef {{ money: number, activity: number }} Served
 */
/** @typedef {{ fault: string, detail: string, recoveryMs: number }} Round */

/**
 * One fault after the other, each begun only when the platform is well again after the last.
 * @param {OwnPlatform} platform
 * @param {Served} served
 * @param {{ random: import('./random.mjs').Random, only: string, goesOn: (roundsDone: number) => boolean, signal: AbortSignal, tell: (sentence: string) => void }} options
 * @returns {Promise<Round[]>}
 * @throws Error when the platform stays ill
 */
export async function runRounds(platform, served, { random, only, goesOn, signal, tell }) {
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

/**
 * Well: since the cause is gone, money has been moved, activity has been read, and every service says that it reaches its stores.
 * @param {OwnPlatform} platform
 * @param {Served} served
 * @param {number} overAt
 * @param {string} fault
 * @param {AbortSignal} signal
 */
async function becomeWell({ managementUrls }, served, overAt, fault, signal) {
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

/** @param {string} managementUrl */
async function isIll(managementUrl) {
  try {
    const reply = await fetch(`${managementUrl}/readyz`, { signal: AbortSignal.timeout(2_000) });
    const { degraded } = /** @type {{ degraded: string[] }} */ (await reply.json());
    return reply.status !== 200 || degraded.length > 0;
  } catch {
    return true;
  }
}
