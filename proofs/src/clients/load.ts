/** The two kinds of load: one that keeps to its rate whatever the replies are, and one whose clients wait for each reply. */
import { setTimeout as delay } from 'node:timers/promises';

/** A machine that slept does not send what it missed. */
const CATCH_UP_MAX_MS = 1_000;

interface OpenLoop {
  perSecond: number;
  isOver: () => boolean;
  /** @param dueMs when the request was due, from which its time counts */
  send: (dueMs: number) => Promise<unknown>;
  /** Arrivals of many clients that do not know each other (a Poisson process), instead of an even rate. */
  isRandom?: boolean;
}

/**
 * Sends at a rate until it is over (an open loop).
 * @returns what is still under way; `send` must not reject
 */
export async function openLoop({
  perSecond,
  isOver,
  send,
  isRandom = false,
}: OpenLoop): Promise<Set<Promise<unknown>>> {
  const underWay = new Set<Promise<unknown>>();
  let dueMs = performance.now();
  while (!isOver()) {
    const earlyMs = dueMs - performance.now();
    if (earlyMs > 0) {
      await delay(Math.min(earlyMs, 50)); // then it looks again whether it is over
      continue;
    }
    const sent: Promise<unknown> = send(dueMs).finally(() => underWay.delete(sent));
    underWay.add(sent);
    const gapMs = (1_000 / perSecond) * (isRandom ? -Math.log(1 - Math.random()) : 1);
    dueMs = Math.max(dueMs + gapMs, performance.now() - CATCH_UP_MAX_MS);
  }
  return underWay;
}

/** So many clients, each of which sends again as soon as it has its reply (a closed loop), until it is over. */
export async function closedLoop(clients: number, isOver: () => boolean, send: (client: number) => Promise<unknown>) {
  const work = async (_: unknown, client: number) => {
    while (!isOver()) await send(client);
  };
  await Promise.all(Array.from({ length: clients }, work));
}
