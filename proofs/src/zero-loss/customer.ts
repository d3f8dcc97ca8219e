/** One customer at one door: a kept connection, a session, accounts, and what it was told, written down. */
import { writeLine } from '../money/journal.ts';
import { createExchange } from './exchange.ts';
import type { Reply } from './reply-reader.ts';
import type { Kind } from './exchange.ts';
import type { Transport } from './http1-connection.ts';
import type { Outcomes } from './outcomes.ts';
import type { Line } from '../money/journal.ts';

const PASSWORD = 'correct horse battery';

/** Where clients come in. */
export interface Door {
  name: string;
  url: string;
  /** PEM of whom to trust */
  ca?: string;
  open: (door: { url: string; ca?: string }) => Transport;
}
export interface World {
  journalFile: string;
  outcomes: Outcomes;
}
export type Customer = Awaited<ReturnType<typeof signUp>>;

/**
 * Registers a new user, signed in.
 * @param name unique in this run
 * @throws Error where the platform does not let them in
 */
export async function signUp({ journalFile, outcomes }: World, door: Door, name: string) {
  const transport = door.open(door);
  const exchange = createExchange({ transport, door: door.name, outcomes });
  const headers: Record<string, string> = {};
  let keys = 0;

  function ask(
    kind: Kind,
    method: string,
    path: string,
    {
      body,
      key,
      slowly,
      isRight = (reply) => reply.status === (body ? 201 : 200),
    }: { body?: object; key?: string; slowly?: boolean; isRight?: (reply: Reply) => boolean } = {},
  ) {
    return exchange({
      kind,
      method,
      path,
      headers: {
        ...headers,
        ...(body && { 'content-type': 'application/json' }),
        ...(key && { 'idempotency-key': key }),
      },
      ...(body && { body: JSON.stringify(body) }),
      ...(slowly && { slowly }),
      isRight,
    });
  }

  const person = { email: `${name}@example.com`, password: PASSWORD, displayName: name };
  const registered = await ask('unkeyed', 'POST', '/v1/users', { body: person });
  if (!registered) throw new Error(`${name} could not register at ${door.name}: ${outcomes.all.at(-1)?.reason}`);
  headers.cookie = registered.headers['set-cookie']?.split(';', 1)[0] ?? '';
  const userId = String(jsonOf(registered).user.id);
  /** What became of each attempt to open an account, by the account's name: its id, or undefined. */
  const openings = new Map<string, string | undefined>();

  const acknowledge = (line: Omit<Line, 'time' | 'outcome' | 'user'>) =>
    writeLine(journalFile, { outcome: 'acknowledged', user: userId, ...line });
  acknowledge({ request: 'POST /v1/users', id: userId });

  return {
    name,
    userId,
    openings,
    cookie: () => headers.cookie ?? '',
    ask,
    /**
     * An un-keyed POST.
     * @returns its id
     */
    async openAccount(accountName: string): Promise<string | undefined> {
      openings.set(accountName, undefined);
      const reply = await ask('unkeyed', 'POST', '/v1/accounts', { body: { name: accountName, currency: 'EUR' } });
      if (!reply) return undefined;
      const id = String(jsonOf(reply).id);
      openings.set(accountName, id);
      acknowledge({ request: 'POST /v1/accounts', id });
      return id;
    },
    async deposit(to: string, amount: number) {
      const key = `${name}-${(keys += 1)}`;
      const reply = await ask('keyed', 'POST', `/v1/accounts/${to}/deposits`, { body: { amount }, key });
      if (reply) acknowledge({ request: 'POST /v1/accounts/:id/deposits', id: jsonOf(reply).id, key, to, amount });
    },
    async pay(from: string, to: string, amount: number) {
      const key = `${name}-${(keys += 1)}`;
      const body = { fromAccountId: from, toAccountId: to, amount, memo: key };
      const reply = await ask('keyed', 'POST', '/v1/transfers', { body, key });
      if (reply) acknowledge({ request: 'POST /v1/transfers', id: jsonOf(reply).id, key, from, to, amount });
    },
    close: () => transport.close(),
  };
}

export function jsonOf({ body }: Reply) {
  return JSON.parse(body.toString());
}
