import { openHttpClient, type Send } from '../http-client.ts';
import { gatherPeople, savePeople } from './people.ts';
import { pickHabit } from './habits.ts';
import { createTally } from './tally.ts';
import { keepFeed } from './feed.ts';
import type { Tally } from './tally.ts';

const TICK_MS = 50;
/** Beyond it nothing more is sent: a platform that hangs must not hang this process. */
const UNDER_WAY_MAX = 200;

interface TrafficOptions {
  url: string;
  /** requests a second */
  rate: number;
  people: number;
  /** how many of them watch live all the time */
  feeds: number;
  insecure?: boolean;
  /** where they are kept from one run to the next */
  peopleFile: string;
  /** ends it */
  signal: AbortSignal;
}

/**
 * Gathers the people, then lets them act at an even rate, whatever the answers are: a platform that fails gets no pause.
 * @throws Refusal where the platform does not answer, or does not let the people in
 */
export async function startTraffic({
  url,
  rate,
  people: count,
  feeds,
  insecure = false,
  peopleFile,
  signal,
}: TrafficOptions): Promise<{ tally: Tally; done: Promise<void> }> {
  const sender = openHttpClient(url, { insecure });
  const people = await gatherPeople(sender.send, { url, count, file: peopleFile, signal }).catch((error) => {
    sender.close();
    throw error;
  });
  const tally = createTally();
  const watching = people.slice(0, feeds).map((person) => keepFeed(sender.openFeed, person, tally, signal));
  const send = timed(sender.send, tally);
  const underWay = new Set<Promise<unknown>>();

  function act() {
    if (underWay.size >= UNDER_WAY_MAX) return tally.heldBack();
    const habit = pickHabit();
    const acting = habit({ people, send })
      .catch(() => undefined) // counted where it was sent
      .finally(() => underWay.delete(acting));
    underWay.add(acting);
  }

  return { tally, done: run() };

  async function run() {
    let due = 0;
    let lastAt = performance.now();
    while (!signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
      const now = performance.now();
      // A machine that slept does not catch up.
      due = Math.min(due + ((now - lastAt) / 1_000) * rate, rate + 1);
      lastAt = now;
      for (; due >= 1 && !signal.aborted; due -= 1) act();
    }
    await Promise.all(underWay);
    await Promise.all(watching);
    await savePeople(peopleFile, people);
    sender.close();
  }
}

function timed(send: Send, tally: Tally): Send {
  return async (...request) => {
    const beganMs = performance.now();
    try {
      const reply = await send(...request);
      tally.answered(reply.status, performance.now() - beganMs);
      return reply;
    } catch (error) {
      tally.unanswered();
      throw error;
    }
  };
}
