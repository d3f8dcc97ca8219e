import { describe, expect, it } from '@jest/globals';
import { ApiError, type ApiErrorCode } from '../api/api-error.js';
import type { Transfer } from '../api/queries.js';
import { createIntentStore } from './intent-store.js';
import { isRepeatable, newIntent, type Intent } from './intent.js';
import { sendIntent } from './send-intent.js';

const hour = 3_600_000;
const order = { fromAccountId: 'a', toAccountId: 'b', amount: 5, currency: 'EUR' };
const wish = (now?: number) => newIntent('transfer', order, now);
const done = { id: 't' } as Transfer;
const failure = (code: ApiErrorCode, status: number, retryAt?: number) =>
  new ApiError({ code, status, requestId: 'r' }, retryAt === undefined ? {} : { retryAt });

function memory(): Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> {
  const values = new Map<string, string>();
  return {
    getItem: (name) => values.get(name) ?? null,
    setItem: (name, value) => void values.set(name, value),
    removeItem: (name) => void values.delete(name),
  };
}

function scene(answers: (Transfer | ApiError)[], startedAt = 0) {
  const storage = memory();
  const store = createIntentStore(storage, 'ada');
  const sent: Intent[] = [];
  const waits: number[] = [];
  let now = startedAt;
  let sleptMs = 0;
  const send = (intent: Intent, signal = new AbortController().signal) =>
    sendIntent(
      intent,
      {
        post(attempt) {
          sent.push(attempt);
          const answer = answers.shift();
          return answer instanceof ApiError ? Promise.reject(answer) : Promise.resolve(answer!);
        },
        store,
        waitUntil(until, waiting) {
          waits.push(until - now);
          now = until;
          return waiting.aborted ? Promise.reject(new Error('stopped')) : Promise.resolve();
        },
        now: () => now,
        platformNow: () => now + sleptMs,
        onWait: () => undefined,
        onAttempt: () => undefined,
      },
      signal,
    );
  return { storage, store, sent, waits, send, sleep: (ms: number) => void (sleptMs += ms) };
}

describe('an intent', () => {
  it('is sent with the same key until a final reply arrives, and is then removed', async () => {
    const { send, sent, store, waits } = scene([failure('unreachable', 0), failure('unavailable', 503), done]);
    await expect(send(wish(0))).resolves.toBe(done);
    expect(new Set(sent.map(({ key }) => key)).size).toBe(1);
    expect(waits).toEqual([1_000, 2_000]);
    expect(store.list()).toEqual([]);
  });

  it('is sent again no earlier than Retry-After allows', async () => {
    const { send, waits } = scene([failure('rate_limited', 429, 60_000), done]);
    await send(wish(0));
    expect(waits).toEqual([60_000]);
  });

  it('is sent again while the platform is processing its first attempt', async () => {
    const { send, sent } = scene([failure('idempotency_in_progress', 409), done]);
    await send(wish(0));
    expect(sent).toHaveLength(2);
  });

  it('is removed after the platform has refused it', async () => {
    const { send, store } = scene([failure('insufficient_funds', 409)]);
    await expect(send(wish(0))).rejects.toMatchObject({ code: 'insufficient_funds' });
    expect(store.list()).toEqual([]);
  });

  it.each([
    ['the end of the session', failure('unauthenticated', 401)],
    ['a change of the session', failure('session_changed', 412)],
    ['an internal error', failure('internal', 500)],
    ['a 404 without a request id, which a proxy sent', new ApiError({ code: 'not_found', status: 404 })],
  ])('is not removed after: %s', async (_what, answer) => {
    const { send, storage } = scene([answer]);
    const intent = wish(0);
    await expect(send(intent)).rejects.toBe(answer);
    expect(createIntentStore(storage, 'ada').list()).toEqual([intent]);
    expect(createIntentStore(storage, 'eve').list()).toEqual([]);
  });

  it('is not removed after the user stops waiting', async () => {
    const { send, store } = scene([failure('unreachable', 0)]);
    await expect(send(wish(0), AbortSignal.abort())).rejects.toThrow('stopped');
    expect(store.list()).toHaveLength(1);
  });

  it('is not sent again if the platform may have deleted its key', async () => {
    const { send, sent, store, sleep } = scene([failure('unreachable', 0), done]);
    const sending = send(wish(0));
    sleep(24 * hour); // the device sleeps during the first attempt
    await expect(sending).rejects.toMatchObject({ code: 'unreachable' });
    expect([sent.length, store.list().length]).toEqual([1, 1]);
  });

  it('is neither sent nor removed if its first attempt was a day ago', async () => {
    const { send, sent, store } = scene([done], 24 * hour);
    store.add(wish(0));
    await expect(send(store.list()[0]!)).rejects.toMatchObject({ code: 'unreachable' });
    expect([sent.length, store.list().length]).toEqual([0, 1]);
  });

  it('counts its age from the first attempt, because the form may have been open for a day', async () => {
    const { send, sent, store } = scene([failure('unreachable', 0), done], 24 * hour);
    await expect(send(wish(0))).resolves.toBe(done);
    expect([sent.length, store.list()]).toEqual([2, []]);
  });

  it.each([
    ['almost 23 hours old', 23 * hour - 1, true],
    ['24 hours old', 24 * hour, false],
    ['two days in the future', -48 * hour, false],
    ['30 seconds in the future', -30_000, true],
  ])('is sent again only if the platform certainly still has its key: %s', (_what, ageMs, expected) => {
    expect(isRepeatable(wish(0), ageMs)).toBe(expected);
  });
});

describe('the store of intents', () => {
  it('keeps the intents that another tab has added', () => {
    const storage = memory();
    const [one, other] = [createIntentStore(storage, 'ada'), createIntentStore(storage, 'ada')];
    one.add(wish());
    other.add(wish());
    expect(other.list()).toHaveLength(2);
    one.storageChanged();
    expect(one.list()).toHaveLength(2);
  });

  it("removes all intents of one user, and keeps another user's intents", () => {
    const storage = memory();
    const [ada, eve] = [createIntentStore(storage, 'ada'), createIntentStore(storage, 'eve')];
    ada.add(wish());
    eve.add(wish());
    ada.clear();
    expect(ada.list()).toEqual([]);
    expect(storage.getItem('mainstay.intents.ada')).toBeNull();
    expect(createIntentStore(storage, 'eve').list()).toHaveLength(1);
  });

  it('works without storage, and ignores invalid content in the storage', () => {
    const store = createIntentStore(undefined, 'ada');
    store.add(wish());
    expect(store.list()).toHaveLength(1);
    for (const rubbish of ['{', '7', '[1,{"key":2}]', '[{"key":"k","kind":"toString","order":{},"createdAt":1}]']) {
      expect(createIntentStore({ ...memory(), getItem: () => rubbish }, 'ada').list()).toEqual([]);
    }
  });
});
