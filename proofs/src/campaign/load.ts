/** The actions that the clients of the campaign repeat. */
import { watchLive } from '../clients/live-feed.ts';
import { startWork } from '../clients/work.ts';
import { createRandom, mixOf, type Random } from '../random.ts';
import { signUp, type Client, type World } from './client.ts';

const HOT = 10;
const mix = mixOf({
  pay: 640,
  payTooMuch: 10,
  deposit: 100,
  readAccount: 80,
  readEntries: 50,
  readActivity: 115,
  signUp: 5,
});
const thinkMs = { least: 50, most: 250 };

interface Customer {
  client: Client;
  account: string;
}

/** Signs all clients up and lets them work until `stop`. */
export async function startLoad(
  world: World & { onServed: (kind: 'money' | 'activity') => void },
  { clients, feeds, seed }: { clients: number; feeds: number; seed: number },
) {
  const { url, tally, signal, onServed } = world;
  const customers = await Promise.all(
    Array.from({ length: clients }, (_, number) =>
      newCustomer(`client-${number}`, createRandom(seed + 1_000 + number)),
    ),
  );
  const hot = customers.slice(0, HOT);
  const watching = customers.slice(-feeds).map(({ client: { userId, cookie, read } }) => {
    const onEnd = async ({ status }: { status: number }) => {
      if (status === 200) tally.feedsOpened += 1;
      // This read signs the client in again if the session has ended.
      if (status === 401) await read('/v1/session').catch(() => undefined);
    };
    return watchLive({ url }, { userId, cookie, onEnd, onEvent: () => (tally.feedEvents += 1) }, signal);
  });

  async function newCustomer(name: string, random: Random): Promise<Customer> {
    const client = await signUp(world, name, random);
    const account = await client.openAccount('Everyday');
    await client.deposit(account, random.between(5_000, 50_000));
    return { client, account };
  }

  async function act({ client, account }: Customer, random: Random, name: string) {
    const what = random.pick(mix);
    const others = (random.next() < 0.8 ? hot : customers).filter((other) => other.account !== account);
    const to = random.pick(others).account;
    if (what === 'signUp') (await newCustomer(name, random)).client.close();
    else if (what === 'readAccount') await client.read(`/v1/accounts/${account}`);
    else if (what === 'readEntries') await client.read(`/v1/accounts/${account}/entries?limit=20`);
    else if (what === 'readActivity') await client.read('/v1/activity?limit=20');
    else if (what === 'deposit') await client.deposit(account, random.between(1, 5_000));
    else await client.pay(account, to, what === 'pay' ? random.between(1, 1_000) : 10 ** 12);
    if (what === 'readActivity') onServed('activity');
    if (what.startsWith('pay') || what === 'deposit') onServed('money');
  }

  const stop = startWork({
    workers: customers,
    seed,
    thinkMs,
    signal,
    act: (customer, random, turn, number) =>
      act(customer, random, `client-${number}-${turn}`).catch((error: Error) => {
        if (!signal.aborted) tally.unexpected.push(error.message);
      }),
  });
  return {
    feeds: watching,
    stop,
    async close() {
      await Promise.all(watching.map((feed) => feed.stop()));
      for (const { client } of customers) client.close();
    },
  };
}
