/**
 * Many clients pay each other through the gateway, then everything is proved from outside and inside.
 *
 *   npm start                                              (in another terminal)
 *   node proofs/src/transfers.ts [--transfers 20000] [--clients 32] [--hot 10] [--url http://127.0.0.1:3000]
 *
 * Each client has an account; the hot ones are in four of five transfers. A request that is not answered, or answered 409 `idempotency_in_progress` or
 * 5xx, is sent again with the same key, as a real client would. Exit code 1 when a transfer is lost, doubled or refused for a wrong reason, when an event is
 * missing or doubled for either owner, or when the books (npm run reconcile) do not hold.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '@mainstay/platform/root';
import { openClient } from './people.ts';

const { values } = parseArgs({
  options: {
    transfers: { type: 'string', default: '20000' },
    clients: { type: 'string', default: '32' },
    hot: { type: 'string', default: '10' },
    url: { type: 'string', default: 'http://127.0.0.1:3000' },
  },
});
const [transfers, clients, hot] = [Number(values.transfers), Number(values.clients), Number(values.hot)];
const asker = openClient(values.url, 64);
const run = `bench-${Date.now().toString(36)}`;

interface Client {
  cookie: string;
  account: string;
  paid: Map<string, string>;
  retries: number;
}

async function send(
  client: { cookie: string },
  method: string,
  path: string,
  { body, key }: { body?: object; key?: string } = {},
) {
  const reply = await asker.ask({ method, path, ...(body && { body }), ...(key && { key }), cookie: client.cookie });
  if (reply.cookie !== '') client.cookie = reply.cookie;
  return reply;
}

async function signUp(number: number): Promise<Client> {
  const client = { cookie: '', account: '', paid: new Map(), retries: 0 };
  /** The gateway may ask a rush of newcomers to come again. */
  const sendUntilServed: typeof send = async (...request) => {
    for (;;) {
      const reply = await send(...request);
      if (reply.status !== 503) return reply;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  };
  const person = {
    email: `${run}-${number}@example.com`,
    password: 'correct horse battery',
    displayName: `Client ${number}`,
  };
  const registered = await sendUntilServed(client, 'POST', '/v1/users', { body: person });
  if (registered.status !== 201)
    throw new Error(`registration answers ${registered.status}: ${JSON.stringify(registered.json)}`);
  client.account = (
    await sendUntilServed(client, 'POST', '/v1/accounts', { body: { name: 'Bench', currency: 'EUR' } })
  ).json.id;
  await sendUntilServed(client, 'POST', `/v1/accounts/${client.account}/deposits`, {
    body: { amount: 10_000_000 },
    key: `${run}-${number}`,
  });
  return client;
}

/** One transfer, until it is acknowledged. */
async function pay(client: Client, toAccountId: string, key: string) {
  const body = { fromAccountId: client.account, toAccountId, amount: 1 + Math.floor(Math.random() * 100), memo: key };
  for (;;) {
    const reply = await send(client, 'POST', '/v1/transfers', { body, key }).catch(() => undefined);
    if (reply?.status === 201) return void client.paid.set(reply.json.id, key);
    if (reply && reply.status < 500 && reply.json.code !== 'idempotency_in_progress') {
      throw new Error(`a transfer answers ${reply.status}: ${JSON.stringify(reply.json)}`);
    }
    client.retries += 1;
  }
}

/** How often each transfer stands in a client's activity. */
async function eventsOf(client: Client) {
  const seen = new Map<string, number>();
  for (let cursor = ''; ;) {
    const page = await send(
      client,
      'GET',
      `/v1/activity?type=transfer.completed&limit=100${cursor && `&cursor=${cursor}`}`,
    );
    if (page.status !== 200) throw new Error(`activity answers ${page.status}: ${JSON.stringify(page.json)}`);
    for (const { data } of page.json.items) seen.set(data.transferId, (seen.get(data.transferId) ?? 0) + 1);
    if (page.json.nextCursor === null) return seen;
    cursor = page.json.nextCursor;
  }
}

const all = await Promise.all(Array.from({ length: clients }, (_, number) => signUp(number)));
const hotAccounts = all.slice(0, hot).map(({ account }) => account);
function someoneElse(client: Client) {
  const choices = Math.random() < 0.8 ? hotAccounts : all.map(({ account }) => account);
  for (;;) {
    const choice = choices[Math.floor(Math.random() * choices.length)] ?? '';
    if (choice !== client.account) return choice;
  }
}

let begun = 0;
const expected = new Map<string, Set<string>>(all.map(({ account }) => [account, new Set()]));
const beganMs = performance.now();
await Promise.all(
  all.map(async (client) => {
    while (begun < transfers) {
      const key = `${run}-transfer-${(begun += 1)}`;
      const to = someoneElse(client);
      await pay(client, to, key);
      const id = [...client.paid.keys()].at(-1) ?? '';
      expected.get(client.account)?.add(id);
      expected.get(to)?.add(id);
    }
  }),
);
const seconds = (performance.now() - beganMs) / 1_000;
const acknowledged = new Set(all.flatMap(({ paid }) => [...paid.keys()]));
const retries = all.reduce((sum, client) => sum + client.retries, 0);

let missing = 0;
let doubled = 0;
const deadlineMs = Date.now() + 60_000;
for (const client of all) {
  const due = expected.get(client.account) ?? new Set();
  for (;;) {
    const seen = await eventsOf(client);
    const absent = [...due].filter((id) => !seen.has(id)).length;
    if (absent > 0 && Date.now() < deadlineMs) continue;
    missing += absent;
    doubled += [...seen].filter(([id, times]) => times !== 1 || !due.has(id)).length;
    break;
  }
}

console.table({
  'transfers acknowledged': acknowledged.size,
  'sent again with the same key': retries,
  lost: transfers - acknowledged.size,
  'events missing': missing,
  'events doubled or foreign': doubled,
  'seconds (shared with the load generator)': Math.round(seconds * 10) / 10,
  'transfers a second': Math.round(transfers / seconds),
});
asker.close();
const booksHold = reconcile();
process.exitCode = acknowledged.size === transfers && missing === 0 && doubled === 0 && booksHold ? 0 : 1;

/** The ledger's own proof. */
function reconcile() {
  const program = join(root, 'platform/src/commands/reconcile.ts');
  return spawnSync(process.execPath, [program], { stdio: 'inherit' }).status === 0;
}
