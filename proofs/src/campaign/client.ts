/** A client that repeats each request until the reply is final. A retry would not change a final reply. */
import { setTimeout as delay } from 'node:timers/promises';
import { openHttpClient, Unanswered, type Asked, type Reply } from '../clients/http-client.ts';
import { PASSWORD, recordCustomer } from '../clients/recorded-customer.ts';
import type { Random } from '../random.ts';
import type { Tally } from './tally.ts';

/** The client retries after this time. It is longer than the gateway's deadline, so no later reply can arrive. */
const TIMEOUT_MS = 15_000;
/** Limit for `Retry-After`, so that the client notices the end of an outage soon. */
const RETRY_AFTER_MAX_MS = 1_000;

export interface World {
  url: string;
  journalFile: string;
  tally: Tally;
  signal: AbortSignal;
}
export type Client = Awaited<ReturnType<typeof signUp>>;

/** Registers a user, who is then signed in. @param name unique in this run */
export async function signUp({ url, journalFile, tally, signal }: World, name: string, random: Random) {
  const http = openHttpClient({ url, connections: 2 });
  const credentials = { email: `${name}@example.com`, password: PASSWORD };
  let cookie = '';

  async function attempt(asked: Asked): Promise<Reply> {
    tally.requests += 1;
    const reply = await http.send({ timeoutMs: TIMEOUT_MS, ...asked, cookie });
    cookie = reply.cookie || cookie;
    return reply;
  }

  /** Repeats a request until the reply is final. Signs in again if the session has ended. */
  async function ask(asked: Asked): Promise<Reply & { attempts: number }> {
    const beganAt = performance.now();
    for (let attempts = 1; ; attempts += 1) {
      const reply = await attempt(asked).catch((error: Unanswered) => error);
      signal.throwIfAborted();
      const reason = retryReason(reply);
      if (reason === undefined && !(reply instanceof Unanswered)) {
        if (attempts > 1) tally.longestOutageMs = Math.max(tally.longestOutageMs, performance.now() - beganAt);
        return { ...reply, attempts };
      }
      tally.retry(reason ?? '');
      const retryAfterMs = reply instanceof Unanswered ? 0 : Number(reply.headers['retry-after'] ?? 0) * 1_000;
      if (reason === 'unauthenticated') await signIn();
      else await pause(Math.min(retryAfterMs, RETRY_AFTER_MAX_MS));
    }
  }

  let signingIn: Promise<Reply> | undefined;
  /** Concurrent requests share one sign-in, because they share the cookie. */
  const signIn = () => (signingIn ??= signInOnce().finally(() => (signingIn = undefined)));

  async function signInOnce() {
    cookie = '';
    tally.signedInAgain += 1;
    return expect(201, { path: '/v1/session', body: credentials });
  }

  const pause = (ms: number) => delay(ms + random.between(20, 150), undefined, { signal });

  async function expect(status: number, asked: Asked) {
    const reply = await ask(asked);
    return reply.status === status ? reply : fail(asked, reply);
  }

  function fail({ path }: Asked, { status, json }: Reply): never {
    tally.unexpected.push(`${path} answers ${status} ${JSON.stringify(json)}`);
    throw new Error(tally.unexpected.at(-1));
  }

  /** If the first reply is lost, the retry gets `email_taken`. Then the user signs in. */
  async function register(): Promise<string> {
    const asked = { path: '/v1/users', body: { ...credentials, displayName: name } };
    const reply = await ask(asked);
    if (reply.json?.code === 'email_taken' && reply.attempts > 1) return (await signIn()).json.user.id;
    return reply.status === 201 ? reply.json.user.id : fail(asked, reply);
  }

  const askForMoney = async (asked: Asked) => {
    const reply = await ask(asked);
    if (reply.status === 201) tally.acknowledged += 1;
    else if (reply.json?.code === 'insufficient_funds') tally.refused += 1;
    else fail(asked, reply);
    return reply;
  };
  const customer = recordCustomer({ name, userId: await register(), journalFile, ask: askForMoney }, {});
  return {
    ...customer,
    cookie: () => cookie,
    close: http.close,
    read: async (path: string) => (await expect(200, { path })).json,
    /** Looks for the account before each attempt, because the request has no idempotency key. */
    async openAccount(accountName: string): Promise<string> {
      for (;;) {
        const { items } = (await expect(200, { path: '/v1/accounts?limit=100' })).json;
        const asked = { path: '/v1/accounts', body: { name: accountName, currency: 'EUR' } };
        const known = items.find((account: { name: string }) => account.name === accountName);
        const id: string | undefined = (known ?? (await attempt(asked).catch(() => undefined))?.json)?.id;
        signal.throwIfAborted();
        if (id !== undefined) {
          customer.record({ request: 'POST /v1/accounts', id });
          return id;
        }
        tally.retry('account not opened');
        await pause(0);
      }
    },
  };
}

/** Returns undefined if the reply is final. */
function retryReason(reply: Reply | Unanswered): string | undefined {
  if (reply instanceof Unanswered) return reply.message.replace(/\d+ (bytes|ms)/, 'N $1');
  const code: string | undefined = reply.json?.code;
  const isFinal =
    reply.status < 500 && !['unauthenticated', 'rate_limited', 'idempotency_in_progress'].includes(code ?? '');
  return isFinal ? undefined : (code ?? String(reply.status));
}
