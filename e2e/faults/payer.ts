import { expect } from '@jest/globals';
import { eventually } from '@mainstay/platform/testing/eventually';
import type { Reply, Visitor } from '../visitor.js';

/** Pays from one account to another. Records the acknowledged payments and their idempotency keys. */
export interface Payer {
  /** Sends one payment, without a retry. */
  pay(): Promise<Reply>;
  /** Sends one payment, and retries until the payment succeeds. */
  payForSure(): Promise<void>;
  /** Retries unacknowledged payments with the same idempotency keys until all succeed. */
  settle(): Promise<void>;
  acknowledged(): number;
  expectEachTransferOnce(): Promise<void>;
  /** Waits until the activity lists every acknowledged transfer. Asserts that no event is listed twice. */
  expectEachEventOnce(): Promise<void>;
}

const opening = 1_000_000;

/** Opens two accounts for a signed-in user. */
export async function createPayer(who: Visitor, name = 'payer'): Promise<Payer> {
  // On a busy machine, a service can refuse a request, so repeat it.
  const untilDone = (ask: () => Promise<Reply>) => eventually(ask, ({ status }) => status === 201);
  const openAccount = async (label: string) =>
    (await untilDone(() => who.post('/v1/accounts', { name: label, currency: 'EUR' }))).json.id as string;
  const [from, to] = [await openAccount('From'), await openAccount('To')];
  await untilDone(() => who.postKeyed(`/v1/accounts/${from}/deposits`, { amount: opening }, `${name}-deposit`));
  const unanswered = new Set<string>();
  const acknowledged = new Map<string, string>();

  async function send(key: string): Promise<Reply> {
    const reply = await who.postKeyed('/v1/transfers', { fromAccountId: from, toAccountId: to, amount: 1 }, key);
    if (reply.status === 201) {
      unanswered.delete(key);
      acknowledged.set(key, (reply.json as { id: string }).id);
    }
    return reply;
  }

  function open(): string {
    const key = `${name}-${unanswered.size + acknowledged.size}`;
    unanswered.add(key);
    return key;
  }

  async function insist(key: string): Promise<void> {
    await eventually(
      () => send(key).catch(() => undefined),
      (reply) => reply?.status === 201,
    );
  }

  return {
    pay: () => send(open()),
    payForSure: () => insist(open()),
    async settle() {
      await Promise.all([...unanswered].map(insist));
    },
    acknowledged: () => acknowledged.size,
    async expectEachTransferOnce() {
      const ids = await listed(who, `/v1/accounts/${from}/entries?limit=100`, (entry) => entry.transferId);
      const deposit = 1;
      expect(ids.length - deposit).toBe(acknowledged.size);
      expect(new Set(ids)).toEqual(new Set([...acknowledged.values(), ids.at(-1)]));
      expect((await who.get(`/v1/accounts/${from}`)).json.balance).toBe(opening - acknowledged.size);
      expect((await who.get(`/v1/accounts/${to}`)).json.balance).toBe(acknowledged.size);
    },
    async expectEachEventOnce() {
      const expected = [...acknowledged.values()].sort();
      const events = await eventually(
        () => listed(who, '/v1/activity?type=transfer.completed&limit=100', ({ data }) => data?.transferId),
        (ids) => expected.every((id) => ids.includes(id)),
      );
      expect([...events].sort()).toEqual(expected);
    },
  };
}

interface Item {
  transferId?: string;
  data?: { transferId?: string };
}

async function listed(who: Visitor, path: string, idOf: (item: Item) => string | undefined): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const reply: Reply = await who.get(cursor === '' ? path : `${path}&cursor=${cursor}`);
    if (reply.status !== 200) return [];
    const page = reply.json as { items: Item[]; nextCursor: string | null };
    ids.push(...page.items.map((item) => idOf(item) ?? ''));
    cursor = page.nextCursor;
  }
  return ids;
}

/** Asserts a correct reply while a store is down: 503 or 504. */
export function expectRefusal(reply: Reply): void {
  const { code } = reply.json as { code: string };
  expect([
    [503, 'unavailable', true],
    [504, 'deadline_exceeded', false],
  ]).toContainEqual([reply.status, code, reply.headers.has('retry-after')]);
  expect(reply.headers.get('content-type')).toBe('application/problem+json');
}
