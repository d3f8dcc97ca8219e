/** What the customers do all the time, at every door: reads, payments with a key, accounts opened without one, long statements, live feeds. */
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { watchLive } from '../campaign/live-feed.ts';
import { createRandom } from '../campaign/random.ts';
import { signUp } from './customer.ts';
import type { Customer, Door, World } from './customer.ts';
import type { Random } from '../campaign/random.ts';
import type { Ended } from '../campaign/live-feed.ts';

/** Of a hundred things that a customer does. */
const MIX = { read: 40, pay: 28, deposit: 8, openAccount: 18, statement: 6 };
/** Money enough for all that will be paid. */
const OPENING_DEPOSIT = 1_000_000_000;
/** A user may have so many feeds; each reader has a session of the one user whose statement is long. */
const AT_ONCE = 8;

export interface LoadOptions {
  /** at each door */
  clients: number;
  /** at each door */
  feeds: number;
  /** of the long statement */
  entries: number;
  /** between two requests of a customer */
  thinkMs: { least: number; most: number };
  seed: number;
}

/** Signs everybody up and lets them work until `stop`. */
export async function startLoad(
  world: World & { signal: AbortSignal },
  doors: Door[],
  { clients, feeds, entries, thinkMs, seed }: LoadOptions,
) {
  const stopping = new AbortController();
  const stopped = AbortSignal.any([stopping.signal, world.signal]);
  setMaxListeners(0, stopped); // each thinking client

  async function newCustomer(door: Door, number: number) {
    const customer = await signUp(world, door, `${door.name.replaceAll(/\W/g, '-')}-${number}`);
    const account = await customer.openAccount('Everyday');
    if (!account) throw new Error(`${customer.name} got no account`);
    await customer.deposit(account, OPENING_DEPOSIT);
    return { customer, account, door };
  }

  const places = doors.flatMap((door) => Array.from({ length: clients }, (_, number) => ({ door, number })));
  const customers = await inTurn(places, AT_ONCE, ({ door, number }) => newCustomer(door, number));
  const readers = await inTurn(doors, 1, (door) => newReader(door, entries));
  const watched = doors.flatMap((door) => customers.filter((one) => one.door === door).slice(0, feeds));
  const watching = watched.map(({ customer, door }) => watch(world, door, customer));

  /** A customer with a long history. */
  async function newReader(door: Door, count: number) {
    const { customer, account } = await newCustomer(door, clients);
    // A second account pays it, so that each line has a memo.
    const payer = (await customer.openAccount('Payer')) ?? '';
    await customer.deposit(payer, OPENING_DEPOSIT);
    for (let entry = 2; entry <= count; entry += 1) await customer.pay(payer, account, 1);
    return { customer, account, door };
  }

  async function work({ customer, account }: { customer: Customer; account: string }, number: number) {
    const random = createRandom(seed + number);
    for (let turn = 0; await thought(random); turn += 1) {
      const other = random.pick(customers);
      await act(random, customer, account, other.account, `Account ${turn}`);
    }
  }

  async function readLong({ customer, account }: { customer: Customer; account: string }, number: number) {
    const random = createRandom(seed + 10_000 + number);
    while (await thought(random)) await download(random, customer, account, entries, true);
  }

  /** Waits; whether to go on. */
  async function thought(random: Random) {
    // Now and then a connection is left alone for long: what closes idle ones has to show that it does so politely.
    const pauseMs = random.between(thinkMs.least, thinkMs.most) * (random.next() < 0.05 ? 4 : 1);
    await delay(pauseMs, undefined, { signal: stopped }).catch(() => undefined);
    return !stopped.aborted;
  }

  const working = [...customers.map(work), ...readers.map(readLong)];
  return {
    customers: [...customers, ...readers].map(({ customer }) => customer),
    feeds: watching,
    /** No new request is begun; resolves when each that was has ended. */
    async stop() {
      stopping.abort();
      await Promise.all(working);
    },
    async close() {
      await Promise.all(watching.map((feed) => feed.stop()));
      for (const { customer } of [...customers, ...readers]) customer.close();
    },
  };
}

async function act(random: Random, customer: Customer, account: string, other: string, name: string) {
  const what = random.pick(choices);
  if (what === 'openAccount') await customer.openAccount(name);
  else if (what === 'statement') await download(random, customer, account, 1, false);
  else if (what === 'pay' && other !== account) await customer.pay(account, other, random.between(1, 1_000));
  else if (what === 'deposit') await customer.deposit(account, random.between(1, 1_000));
  else await customer.ask('read', 'GET', random.pick(readsOf(account)));
}

const choices = Object.entries(MIX).flatMap(([what, share]) => Array.from({ length: share }, () => what));

function readsOf(account: string) {
  return [
    `/v1/accounts/${account}`,
    `/v1/accounts/${account}/entries?limit=20`,
    '/v1/activity?limit=20',
    '/v1/session',
  ];
}

/** A statement is right when it is there to its last line. */
async function download(random: Random, customer: Customer, account: string, entriesLeast: number, slowly: boolean) {
  const format = random.next() < 0.75 ? 'csv' : 'pdf';
  await customer.ask('statement', 'GET', `/v1/accounts/${account}/statement?format=${format}`, {
    slowly,
    isRight({ status, body }) {
      if (status !== 200) return false;
      if (format === 'pdf') return body.subarray(-8).toString('latin1').includes('%%EOF');
      const lines = body.toString().split('\r\n');
      return lines.at(-1) === '' && lines.length >= entriesLeast + 2; // the head, and what follows the last line's end
    },
  });
}

function watch({ outcomes, signal }: World & { signal: AbortSignal }, { name, url, ca }: Door, customer: Customer) {
  const onEnd: Ended = ({ beganAt, status, isClean }) =>
    outcomes.add({
      door: name,
      kind: 'feed',
      ending: isClean ? 'answered' : 'retried',
      ...(!isClean && { reason: status === 200 ? 'cut' : `answer ${status}`, request: 'GET /v1/activity/live' }),
      beganAt,
      endedAt: performance.now(),
    });
  const tally = { feedsOpened: 0, feedEvents: 0 };
  const asking = { userId: customer.userId, cookie: customer.cookie, ask: () => Promise.resolve() };
  return watchLive({ url, signal, tally, onEnd, ...(ca && { ca }) }, asking);
}

/** @returns in the order of the list */
async function inTurn<T, R>(list: T[], atOnce: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const left = list.entries();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const [at, item] of left) results[at] = await work(item);
    }),
  );
  return results;
}
