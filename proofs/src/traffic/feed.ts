import { setTimeout as delay } from 'node:timers/promises';
import type { OpenFeed } from '../http-client.ts';
import type { Person } from './people.ts';
import type { Tally } from './tally.ts';

const RETRY_MS = 1_000;

/** Somebody who watches live until the end, and comes back whenever the feed ends. */
export async function keepFeed(openFeed: OpenFeed, person: Person, tally: Tally, signal: AbortSignal) {
  while (!signal.aborted) {
    tally.watching(1);
    await openFeed(person.cookie, (text) => tally.heard(text.match(/^data:/gm)?.length ?? 0), signal);
    tally.watching(-1);
    await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
}
