/** What the clients do all the time: deposits, transfers among hot accounts, reads, now and then a new user. */
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { signUp } from './client.ts';
import { watchLive } from './live-feed.ts';
import { createRandom } from './random.ts';
import type { World } from './ask.ts';
import type { Client } from './client.ts';
import type { Random } from './random.ts';

const HOT = 10;
/** Of a thousand things a client does. */
const MIX = { pay: 640, payTooMuch: 10, deposit: 100, readAccount: 80, readEntries: 50, readActivity: 115, signUp: 5 };
const THINK_MS = { least: 50, most: 250 };

interface Customer {
  client: Client;
  account: string;
}

/** Signs everybody up and lets them work until `stop`. */
export async function startLoad(
  world: World & { onDone: (kind: 'money' | 'activity') => void },
  { clients, feeds, seed }: { clients: number; feeds: number; seed: number },
) {
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal);
  const customers = await Promise.all(
    Array.from({ length: clients }, (_, number) =>
      newCustomer(`client-${number}`, createRandom(seed + 1_000 + number)),
    ),
  );
  const watching = customers.slice(-feeds).map(({ client }) => watchLive(world, client));
  const hot = customers.slice(0, HOT);

  async function newCustomer(name: string, random: Random) {
    const client = await signUp(world, name, random);
    const account = await client.openAccount('Everyday');
    await client.deposit(account, random.between(5_000, 50_000));
    return { client, account };
  }

  async function work({ client, account }: Customer, number: number) {
    const random = createRandom(seed + number);
    for (let turn = 0; !stopping.signal.aborted && !world.signal.aborted; turn += 1) {
      await delay(random.between(THINK_MS.least, THINK_MS.most), undefined, { signal: stopping.signal }).catch(
        () => undefined,
      );
      if (stopping.signal.aborted) return;
      const other = random.pick(random.next() < 0.8 ? hot : customers);
      const to = other.account === account ? hot.find((one) => one.account !== account)?.account : other.account;
      await act(random, client, account, to ?? '', `client-${number}-${turn}`).catch((error) => {
        // A client that got an answer it must not get has noted it; the campaign fails by it.
        if (!world.signal.aborted) world.tally.unexpected.push(String(error.message ?? error));
      });
    }
  }

  async function act(random: Random, client: Client, account: string, to: string, name: string) {
    const what = pickFromMix(random);
    if (what === 'pay' || what === 'payTooMuch') {
      await client.pay(account, to, what === 'pay' ? random.between(1, 1_000) : 10 ** 12);
      return world.onDone('money');
    }
    if (what === 'deposit') {
      await client.deposit(account, random.between(1, 5_000));
      return world.onDone('money');
    }
    if (what === 'signUp') {
      const { client: extra } = await newCustomer(name, random);
      extra.close();
      return;
    }
    if (what === 'readActivity') {
      await client.read('/v1/activity?limit=20');
      return world.onDone('activity');
    }
    await client.read(`/v1/accounts/${account}${what === 'readEntries' ? '/entries?limit=20' : ''}`);
  }

  const working = customers.map(work);
  return {
    feeds: watching,
    /** No new request is begun; resolves when each that was has its answer. */
    async stop() {
      stopping.abort();
      await Promise.all(working);
    },
    async close() {
      await Promise.all(watching.map((feed) => feed.stop()));
      for (const { client } of customers) client.close();
    },
  };
}

function pickFromMix(random: Random) {
  let at = random.between(0, Object.values(MIX).reduce((sum, share) => sum + share, 0) - 1);
  for (const [what, share] of Object.entries(MIX)) {
    if (at < share) return what;
    at -= share;
  }
  return 'pay';
}
