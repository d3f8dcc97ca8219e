/** Two kinds of load. An open loop sends at a fixed rate and does not wait for replies. In a closed loop each client waits for its reply. */
import { setTimeout as delay } from 'node:timers/promises';

/** Requests that are overdue by more than this time are not sent. */
const CATCH_UP_MAX_MS = 1_000;

interface OpenLoop {
  perSecond: number;
  isOver: () => boolean;
  /** @param dueMs when the request was due; its latency counts from this time */
  send: (dueMs: number) => Promise<unknown>;
  /** Requests start at random times (a Poisson process). */
  isRandom?: boolean;
}

/** Sends requests until `isOver`. Returns the promises of requests that have no reply yet. `send` must not reject. */
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
      await delay(Math.min(earlyMs, 50)); // wait in short steps, so that `isOver` is checked soon
      continue;
    }
    const sent: Promise<unknown> = send(dueMs).finally(() => underWay.delete(sent));
    underWay.add(sent);
    const gapMs = (1_000 / perSecond) * (isRandom ? -Math.log(1 - Math.random()) : 1);
    dueMs = Math.max(dueMs + gapMs, performance.now() - CATCH_UP_MAX_MS);
  }
  return underWay;
}

export async function closedLoop(clients: number, isOver: () => boolean, send: (client: number) => Promise<unknown>) {
  const work = async (_: unknown, client: number) => {
    while (!isOver()) await send(client);
  };
  await Promise.all(Array.from({ length: clients }, work));
}
