// @ts-check
import { setTimeout as delay } from 'node:timers/promises';

const RETRY_MS = 1_000;

/**
 * Somebody who watches live until the end, and comes back whenever the feed ends.
 * @param {import('./send.mjs').OpenFeed} openFeed
 * @param {import('./people.mjs').Person} person
 * @param {import('./tally.mjs').Tally} tally
 * @param {AbortSignal} signal
 */
export async function keepFeed(openFeed, person, tally, signal) {
  while (!signal.aborted) {
    tally.watching(1);
    await openFeed(person.cookie, (text) => tally.heard(text.match(/^data:/gm)?.length ?? 0), signal);
    tally.watching(-1);
    await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
}
