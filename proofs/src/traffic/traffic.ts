import { setTimeout as delay } from 'node:timers/promises';
import { Refusal } from '@mainstay/platform/terminal';
import { openCustomer } from '../clients/customer.ts';
import { openHttpClient, type HttpClient, type Send } from '../clients/http-client.ts';
import { openLoop } from '../clients/load.ts';
import { quantile } from '../statistics.ts';
import { actOnce } from './habits.ts';

/** Limits the requests without a reply, so that a hanging platform does not exhaust this process. */
const UNDER_WAY_MAX = 200;
const FEED_AGAIN_MS = 1_000;
/** For this share of the requests, the connection is closed after the reply. */
const CLOSED_SHARE = 0.25;

interface Traffic {
  url: string;
  /** Requests per second. */
  rate: number;
  people: number;
  /** How many of the users watch their live feed. */
  feeds: number;
  isInsecure?: boolean;
  signal: AbortSignal;
}

/** Sends requests at an even rate. @throws Refusal if the platform does not respond or does not register the users */
export async function startTraffic({ url, rate, people: count, feeds, isInsecure = false, signal }: Traffic) {
  const client = openHttpClient({ url, isInsecure });
  const people = await register(client, count).catch((error: unknown) => {
    client.close();
    throw error;
  });
  const tally = createTally();
  const send: Send = async (asked) => {
    const beganMs = performance.now();
    // New replicas get only new connections, so close some connections, as real users do.
    const isLast = Math.random() < CLOSED_SHARE;
    const reply = await client
      .send(isLast ? { ...asked, headers: { connection: 'close' } } : asked)
      .catch((error: unknown) => {
        tally.count('without a reply');
        throw error;
      });
    tally.count(`${Math.floor(reply.status / 100)}xx`, performance.now() - beganMs);
    return reply;
  };
  let underWay = 0;
  const act = async () => {
    if (underWay >= UNDER_WAY_MAX) return tally.count('held back');
    underWay += 1;
    await actOnce(send, people).catch(() => undefined); // the tally already has the failure
    underWay -= 1;
  };
  const acting = openLoop({ perSecond: rate, isOver: () => signal.aborted, send: act });
  const watching = people.slice(0, feeds).map(async (person) => {
    while (!signal.aborted) {
      const asked = { path: '/v1/activity/live', cookie: person.cookie() };
      await client.follow(asked, signal, (text) => tally.hear(text.match(/^data:/gm)?.length ?? 0));
      await delay(FEED_AGAIN_MS, undefined, { signal }).catch(() => undefined);
    }
  });
  const end = async () => {
    await Promise.all([...(await acting), ...watching]);
    client.close();
  };
  return { tally, done: end() };
}

async function register({ url, send }: HttpClient, count: number) {
  try {
    await send({ path: '/healthz' });
  } catch (error) {
    const { message } = error as Error;
    const hint = /certificate|CERT|SELF_SIGNED/.test(message)
      ? 'Does it have a development certificate? Use --insecure.'
      : 'Is the platform running?';
    throw new Refusal(`${url} does not answer (${message}). ${hint}`, { cause: error });
  }
  const people = [];
  try {
    while (people.length < count) people.push(await openCustomer(send, { money: 1_000_000 }));
  } catch (error) {
    throw new Refusal(`${(error as Error).message}\nAfter a 429, use fewer people or wait a quarter of an hour.`, {
      cause: error,
    });
  }
  return people;
}

/** Counts the results of the requests, for the progress line. */
export function createTally() {
  const [counts, timesMs, startedMs] = [new Map<string, number>(), [] as number[], performance.now()];
  let events = 0;
  return {
    count(outcome: string, durationMs?: number) {
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      if (durationMs !== undefined) timesMs.push(durationMs);
    },
    hear: (more: number) => void (events += more),
    hasReplies: () => timesMs.length > 0,
    sentence() {
      const rate = ((timesMs.length * 1_000) / (performance.now() - startedMs)).toFixed(1);
      const sorted = [...counts].sort(([one], [other]) => one.localeCompare(other));
      const outcomes = sorted.map(([outcome, count]) => `${count} × ${outcome}`).join(', ') || 'nothing yet';
      const [p50, p99] = [quantile(timesMs, 0.5), quantile(timesMs, 0.99)].map((ms) => Math.round(ms || 0));
      return `${rate}/s: ${outcomes}; p50 ${p50} ms, p99 ${p99} ms; ${events} events seen live`;
    },
  };
}
