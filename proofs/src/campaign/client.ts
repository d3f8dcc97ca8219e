/** One customer: signs up, opens accounts, moves money, and writes down what it was told. */
import { setTimeout as delay } from 'node:timers/promises';
import { writeLine } from '../money/journal.ts';
import { createAsker } from './ask.ts';
import type { World } from './ask.ts';
import type { Random } from './random.ts';
import type { Line } from '../money/journal.ts';

const PASSWORD = 'correct horse battery';

export type Client = Awaited<ReturnType<typeof signUp>>;

/**
 * Registers a new user, signed in.
 * @param name unique in this run
 */
export async function signUp(world: World, name: string, random: Random) {
  const { journalFile, tally } = world;
  const credentials = { email: `${name}@example.com`, password: PASSWORD };
  const asker = createAsker(world, credentials, random);
  const { ask, unexpected } = asker;
  const userId = await register(asker, { ...credentials, displayName: name });
  let keys = 0;

  function acknowledge(line: Omit<Line, 'time' | 'outcome' | 'user'>) {
    tally.acknowledged += 1;
    writeLine(journalFile, { outcome: 'acknowledged', user: userId, ...line });
  }

  async function moveMoney(
    request: 'POST /v1/transfers' | 'POST /v1/accounts/:id/deposits',
    path: string,
    body: object,
    move: { key: string; from?: string; to: string; amount: number },
  ) {
    const reply = await ask('POST', path, { body, key: move.key });
    if (reply.status === 201) return acknowledge({ request, id: reply.json.id, ...move });
    if (reply.json?.code !== 'insufficient_funds') throw unexpected(request, reply);
    tally.refuse(reply.json.code);
    writeLine(journalFile, { request, outcome: 'refused', user: userId, code: reply.json.code, ...move });
  }

  acknowledge({ request: 'POST /v1/users', id: userId });
  const newKey = () => `${name}-${(keys += 1)}`;
  return {
    userId,
    ask,
    cookie: asker.cookie,
    close: asker.close,
    /** @returns its id */
    async openAccount(accountName: string): Promise<string> {
      const id = await openAccount(world, asker, accountName, random);
      acknowledge({ request: 'POST /v1/accounts', id });
      return id;
    },
    deposit: (to: string, amount: number) =>
      moveMoney(
        'POST /v1/accounts/:id/deposits',
        `/v1/accounts/${to}/deposits`,
        { amount },
        { key: newKey(), to, amount },
      ),
    pay(from: string, to: string, amount: number) {
      const key = newKey();
      const body = { fromAccountId: from, toAccountId: to, amount, memo: key };
      return moveMoney('POST /v1/transfers', '/v1/transfers', body, { key, from, to, amount });
    },
    async read(path: string) {
      const reply = await ask('GET', path);
      if (reply.status !== 200) throw unexpected(`GET ${path}`, reply);
      return reply.json;
    },
  };
}

/**
 * Registration has no key: an answer that was lost shows as `email_taken`, and the user can sign in.
 * @returns the user's id
 */
async function register(
  { ask, signIn, unexpected }: ReturnType<typeof createAsker>,
  person: { email: string; password: string; displayName: string },
): Promise<string> {
  const reply = await ask('POST', '/v1/users', { body: person });
  if (reply.status === 201) return reply.json.user.id;
  if (reply.json?.code !== 'email_taken' || reply.attempts === 1) throw unexpected('POST /v1/users', reply);
  return (await signIn()).json.user.id;
}

/**
 * Opening has no key either: before it is tried again, the list tells whether it was done.
 * @returns its id
 */
async function openAccount(
  { tally, signal }: World,
  { ask, attempt }: ReturnType<typeof createAsker>,
  name: string,
  random: Random,
): Promise<string> {
  for (;;) {
    const listed = await ask('GET', '/v1/accounts?limit=100');
    const known = listed.json.items.find((account: any) => account.name === name);
    const body = { name, currency: 'EUR' };
    const account = known ?? (await attempt('POST', '/v1/accounts', { body }).catch(() => undefined))?.json;
    signal.throwIfAborted();
    if (account?.id) return account.id;
    tally.retry('account not opened');
    await delay(random.between(20, 150), undefined, { signal });
  }
}
