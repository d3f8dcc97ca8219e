/** The customers of a campaign. Each customer is a user with one connection, and sends random requests. */
import { openHttpClient, type Send } from '../clients/http-client.ts';
import type { Reply } from '../clients/http-client.ts'; // fork:remove statements
import { watchLive, type FeedEnd } from '../clients/live-feed.ts';
import { PASSWORD, recordCustomer } from '../clients/recorded-customer.ts';
import { startWork } from '../clients/work.ts';
import type { Result } from '../money/result.ts';
import { mixOf, type Random } from '../random.ts';
import { createExchange, type ExchangeAsked } from './exchange.ts';
import type { Outcomes } from './outcomes.ts';

const mix = mixOf({
  read: 40,
  pay: 28,
  deposit: 8,
  openAccount: 18,
  statement: 6, // fork:remove statements
});
/** Amount in cents that each customer deposits at the beginning, enough for all payments of a run. */
const OPENING_DEPOSIT = 1_000_000_000;
const AT_ONCE = 8;

/** An address at which clients reach the platform: the gateway itself, or an edge, for example nginx. */
export interface Door {
  name: string;
  url: string;
  /** PEM of the certificate to trust. */
  ca?: string;
  /** Opens a customer's HTTP client. Default: an HTTP/1.1 client with one connection. */
  open?: (door: Door) => { send: Send; close: () => void };
}
export interface LoadOptions {
  /** Number of customers for each `Door`. */
  clients: number;
  /** Number of live feeds for each `Door`. */
  feeds: number;
  /** Entries in the long account statement, which one additional customer for each `Door` downloads. */
  entries: number;
  /** Mean pause between two requests of a customer. */
  thinkMs: number;
  seed: number;
}
interface World {
  journalFile: string;
  outcomes: Outcomes;
  signal: AbortSignal;
}
export type Customer = Awaited<ReturnType<typeof signUp>>;

/** @param name unique in this run. @throws Error if the platform does not confirm the user or the account */
async function signUp({ journalFile, outcomes }: World, door: Door, name: string) {
  const { send, close } = door.open?.(door) ?? openHttpClient({ ...door, connections: 1 });
  let cookie = '';
  const exchange = createExchange({ send: (asked) => send({ ...asked, cookie }), door: door.name, outcomes });
  const body = { email: `${name}@example.com`, password: PASSWORD, displayName: name };
  const registered = await exchange({ kind: 'unkeyed', path: '/v1/users', body });
  if (!registered) throw new Error(`${name} could not register at ${door.name}: ${outcomes.all.at(-1)?.reason}`);
  cookie = registered.cookie;
  const recorded = recordCustomer<ExchangeAsked>(
    { name, userId: registered.json.user.id, journalFile, ask: exchange },
    { kind: 'keyed' },
  );
  /** Maps the name of an account to the account's id. The id is undefined until a reply confirms the account. */
  const openings = new Map<string, string | undefined>();
  const openAccount = async (accountName: string): Promise<string | undefined> => {
    openings.set(accountName, undefined);
    const reply = await exchange({
      kind: 'unkeyed',
      path: '/v1/accounts',
      body: { name: accountName, currency: 'EUR' },
    });
    if (!reply) return undefined;
    openings.set(accountName, reply.json.id);
    recorded.record({ request: 'POST /v1/accounts', id: reply.json.id });
    return reply.json.id;
  };
  const account = await openAccount('Everyday');
  if (account === undefined) throw new Error(`${name} got no account`);
  await recorded.deposit(account, OPENING_DEPOSIT);
  return { ...recorded, door, account, openings, openAccount, cookie: () => cookie, close };
}

/** Signs up customers, who send requests until `stop` is called. */
export async function startLoad(world: World, doors: Door[], load: LoadOptions) {
  const { clients, feeds, thinkMs: mean, seed } = load;
  const nameOf = (door: Door, number: number) => `${door.name.replaceAll(/\W/g, '-')}-${number}`;
  const places = doors.flatMap((door) => Array.from({ length: clients }, (_, number) => ({ door, number })));
  const customers = await inTurn(places, AT_ONCE, ({ door, number }) => signUp(world, door, nameOf(door, number)));
  // fork:remove statements
  const readers = await inTurn(doors, 1, async (door) => {
    const reader = await signUp(world, door, nameOf(door, clients));
    // The long statement must contain memos, but deposits have no memo. So a second account pays the reader.
    const payer = (await reader.openAccount('Payer')) ?? '';
    await reader.deposit(payer, OPENING_DEPOSIT);
    for (let entry = 2; entry <= load.entries; entry += 1) await reader.pay(payer, reader.account, 1);
    return reader;
  });
  // end of fork:remove statements
  const watched = doors.flatMap((door) => customers.filter((one) => one.door === door).slice(0, feeds));
  const watching = watched.map((customer) => watch(world, customer));

  const options = { thinkMs: { least: Math.round(mean / 4), most: Math.round(mean * 1.75) }, signal: world.signal };
  const stops = [
    startWork({
      ...{ ...options, workers: customers, seed },
      act: (customer, random, turn) => act(random, customer, random.pick(customers).account, `Account ${turn}`),
    }),
    // fork:remove statements
    startWork({
      ...{ ...options, workers: readers, seed: seed + 10_000 },
      act: (reader, random) => download(random, reader, load.entries, true),
    }),
    // end of fork:remove statements
  ];
  const all = [
    ...customers,
    ...readers, // fork:remove statements
  ];
  return {
    customers: all,
    feeds: watching,
    /** Ends the load, and waits for the requests in progress. */
    stop: () => Promise.all(stops.map((stop) => stop())),
    async close() {
      await Promise.all(watching.map((feed) => feed.stop()));
      for (const customer of all) customer.close();
    },
  };
}

async function act(random: Random, customer: Customer, other: string, name: string) {
  const { account, ask } = customer;
  const what = random.pick(mix);
  const reads = [
    `/v1/accounts/${account}`,
    `/v1/accounts/${account}/entries?limit=20`,
    '/v1/activity?limit=20',
    '/v1/session',
  ];
  // fork:remove statements
  if (what === 'statement') {
    await download(random, customer, 1, false);
    return;
  }
  // end of fork:remove statements
  if (what === 'openAccount') await customer.openAccount(name);
  else if (what === 'pay' && other !== account) await customer.pay(account, other, random.between(1, 1_000));
  else if (what === 'deposit') await customer.deposit(account, random.between(1, 1_000));
  else await ask({ kind: 'read', path: random.pick(reads) });
}

// fork:remove statements
function download(random: Random, { ask, account }: Customer, entriesLeast: number, slowly: boolean) {
  const format = random.next() < 0.75 ? 'csv' : 'pdf';
  const isRight = ({ status, body }: Reply) => {
    if (status !== 200) return false;
    if (format === 'pdf') return body.subarray(-8).toString('latin1').includes('%%EOF');
    const lines = body.toString().split('\r\n');
    return lines.at(-1) === '' && lines.length >= entriesLeast + 2; // + 2: header, and '' after the last line break
  };
  return ask({ kind: 'statement', path: `/v1/accounts/${account}/statement?format=${format}`, slowly, isRight });
}
// end of fork:remove statements

function watch({ outcomes, signal }: World, { door, userId, cookie }: Customer) {
  const onEnd = ({ beganAt, status, isClean }: FeedEnd) =>
    outcomes.add({
      ...{
        door: door.name,
        kind: 'feed',
        beganAt,
        endedAt: performance.now(),
        ending: isClean ? 'answered' : 'retried',
      },
      ...(!isClean && { reason: status === 200 ? 'cut' : `answer ${status}`, request: '/v1/activity/live' }),
    });
  return watchLive(door, { userId, cookie, onEnd }, signal);
}

/** Checks that each acknowledged account exists, and that no account was opened twice. */
export async function checkOpenings(customers: Customer[]): Promise<Result> {
  const violations: string[] = [];
  for (const { name: owner, openings, ask } of customers) {
    const idsOf = new Map<string, string[]>([...openings.keys()].map((name) => [name, []]));
    let cursor = '';
    do {
      const path = `/v1/accounts?limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
      const reply = await ask({ kind: 'read', path });
      if (!reply) throw new Error(`${owner} could not list the accounts`);
      for (const { id, name } of reply.json.items) idsOf.set(name, [...(idsOf.get(name) ?? []), id]);
      cursor = reply.json.nextCursor ?? '';
    } while (cursor !== '');
    for (const [name, ids] of idsOf) {
      const told = openings.get(name);
      const isRight = openings.has(name) && ids.length <= 1 && (told === undefined || ids[0] === told);
      if (!isRight)
        violations.push(`${owner}, ${name}: told ${told ?? 'nothing'}, there ${ids.join(' and ') || 'nothing'}`);
    }
  }
  const counted = customers.reduce((sum, { openings }) => sum + openings.size, 0);
  return {
    name: 'openings',
    statement: 'Each account that was asked for without a key was opened once',
    counted,
    violations,
  };
}

async function inTurn<T, R>(list: T[], atOnce: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const left = list.entries(); // all calls of workOn share this iterator, so each item is processed once
  const workOn = async () => {
    for (const [at, item] of left) results[at] = await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, workOn));
  return results;
}
