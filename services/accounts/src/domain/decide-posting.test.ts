import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openBooks, type BookAccount } from './books.js';
import { BALANCE_MAX, decidePosting, type PostingOrder } from './decide-posting.js';

const noon = new Date('2026-06-01T12:00:00Z');

function account(id: string, change: Partial<BookAccount> = {}): BookAccount {
  return { id, ownerId: `owner of ${id}`, currency: 'EUR', balance: 0n, sequence: 0, newestEntryAt: null, ...change };
}

const world = account('world', { ownerId: null, balance: -1_000n, sequence: 3 });
const ada = account('ada', { balance: 1_000n, sequence: 3 });
const bob = account('bob');

function order(change: Partial<PostingOrder> = {}): PostingOrder {
  const ids = { transferId: 'transfer', fromEntryId: 'outgoing', toEntryId: 'incoming' };
  const parties = { callerId: 'owner of ada', fromAccountId: 'ada', toAccountId: 'bob' };
  return { ...ids, ...parties, amount: 300, memo: null, ...change };
}

const decide = (change: Partial<PostingOrder> = {}, accounts = [world, ada, bob]) =>
  decidePosting(openBooks(accounts, noon), order(change));

describe('decidePosting', () => {
  it('moves the amount, numbers both entries, and updates both balances', () => {
    expect(decide({ memo: 'Lunch' })).toEqual({
      outcome: 'posted',
      source: { ...ada, balance: 700n, sequence: 4, newestEntryAt: noon },
      target: { ...bob, balance: 300n, sequence: 1, newestEntryAt: noon },
      transfer: {
        id: 'transfer',
        fromAccountId: 'ada',
        toAccountId: 'bob',
        amount: 300,
        currency: 'EUR',
        memo: 'Lunch',
        createdAt: noon,
        entries: [
          { id: 'outgoing', accountId: 'ada', ownerId: 'owner of ada', amount: -300, sequence: 4, balanceAfter: 700n },
          { id: 'incoming', accountId: 'bob', ownerId: 'owner of bob', amount: 300, sequence: 1, balanceAfter: 300n },
        ],
      },
    });
  });

  it('takes a deposit from the world account of the currency', () => {
    const deposit = decide({ fromAccountId: undefined, toAccountId: 'ada' });
    expect(deposit).toMatchObject({
      outcome: 'posted',
      source: { id: 'world', balance: -1_300n, sequence: 4 },
      target: { id: 'ada', balance: 1_300n, sequence: 4 },
    });
  });

  it.each([
    ['from an account that does not exist', { fromAccountId: 'nobody' }],
    ['to an account that does not exist', { toAccountId: 'nobody' }],
    ["from another user's account", { callerId: 'owner of bob' }],
    ['from the world', { fromAccountId: 'world' }],
    ['to the world', { toAccountId: 'world' }],
    ['as a deposit to another user', { fromAccountId: undefined, toAccountId: 'bob' }],
    ['as a deposit to the world', { fromAccountId: undefined, toAccountId: 'world' }],
  ])('refuses a payment %s with not_found', (_, change) => {
    expect(decide(change)).toEqual({ outcome: 'not_found' });
  });

  it('refuses a deposit in a currency without a world account', () => {
    const yen = account('yen', { currency: 'JPY' });
    expect(decide({ callerId: yen.ownerId!, fromAccountId: undefined, toAccountId: 'yen' }, [world, yen])).toEqual({
      outcome: 'not_found',
    });
  });

  it('refuses two accounts with different currencies', () => {
    expect(decide({}, [ada, account('bob', { currency: 'USD' })])).toEqual({ outcome: 'currency_mismatch' });
  });

  it('allows a payment of the whole balance, and refuses one cent more', () => {
    expect(decide({ amount: 1_000 })).toMatchObject({ outcome: 'posted', source: { balance: 0n } });
    expect(decide({ amount: 1_001 })).toEqual({ outcome: 'insufficient_funds' });
  });

  it('allows a balance at the limit, and refuses one cent more', () => {
    const almostFull = account('bob', { balance: BALANCE_MAX - 300n });
    expect(decide({}, [ada, almostFull])).toMatchObject({ outcome: 'posted', target: { balance: BALANCE_MAX } });
    expect(decide({ amount: 301 }, [ada, almostFull])).toEqual({ outcome: 'balance_limit' });
  });

  it('keeps the balance of the world account exact below −(2^53 − 1)', () => {
    const sunken = account('world', { ownerId: null, balance: -BALANCE_MAX });
    const deposit = decide({ fromAccountId: undefined, toAccountId: 'ada', amount: 7 }, [sunken, ada]);
    expect(deposit).toMatchObject({ outcome: 'posted', source: { balance: -BALANCE_MAX - 7n } });
  });

  it.each(['ada', 'bob'])('never dates an entry before the newest entry of %s', (id) => {
    const later = new Date('2026-06-01T12:00:05Z');
    const accounts = [ada, bob].map((one) => (one.id === id ? { ...one, newestEntryAt: later } : one));
    expect(decide({}, accounts)).toMatchObject({ transfer: { createdAt: later } });
  });
});

describe('a sequence of postings', () => {
  const ids = ['a', 'b', 'c', 'd'];
  const orders = fc.array(
    fc.record({
      from: fc.constantFrom(undefined, ...ids, 'nobody'),
      to: fc.constantFrom(...ids, 'nobody'),
      amount: fc.integer({ min: 1, max: 500 }),
      by: fc.constantFrom(...ids),
    }),
    { maxLength: 100 },
  );
  type Orders = typeof orders extends fc.Arbitrary<infer Value> ? Value : never;

  function run(all: Orders, batch: number) {
    let accounts = [account('world', { ownerId: null }), ...ids.map((id) => account(id))];
    const entries: { accountId: string; amount: number; sequence: number; balanceAfter: bigint }[] = [];
    const outcomes: string[] = [];
    for (let at = 0; at < all.length; at += batch) {
      const books = openBooks(accounts, noon);
      for (const { from, to, amount, by } of all.slice(at, at + batch)) {
        if (from === to) continue; // `postTransfer` refuses such an order earlier
        const decision = decidePosting(
          books,
          order({ callerId: `owner of ${by}`, fromAccountId: from, toAccountId: to, amount }),
        );
        outcomes.push(decision.outcome);
        if (decision.outcome !== 'posted') continue;
        books.replace(decision.source);
        books.replace(decision.target);
        entries.push(...decision.transfer.entries);
      }
      accounts = accounts.map(({ id }) => books.account(id)!);
    }
    return { accounts, entries, outcomes };
  }

  /** A second, simple implementation of the rules. */
  function naive(all: Orders) {
    const balances = new Map([['world', 0], ...ids.map((id): [string, number] => [id, 0])]);
    for (const { from, to, amount, by } of all) {
      const isDeposit = from === undefined;
      if (from === to || !ids.includes(to) || (isDeposit ? to !== by : from !== by)) continue;
      if (!isDeposit && balances.get(from)! < amount) continue;
      balances.set(from ?? 'world', balances.get(from ?? 'world')! - amount);
      balances.set(to, balances.get(to)! + amount);
    }
    return balances;
  }

  it('keeps the sum at zero, allows no negative balance and no gap in a sequence, and agrees with a simple model', () => {
    fc.assert(
      fc.property(orders, fc.integer({ min: 1, max: 64 }), (all, batch) => {
        const { accounts, entries } = run(all, batch);
        expect(accounts.reduce((sum, { balance }) => sum + balance, 0n)).toBe(0n);
        expect(new Map(accounts.map(({ id, balance }) => [id, Number(balance)]))).toEqual(naive(all));
        for (const { id, ownerId, balance, sequence } of accounts) {
          if (ownerId !== null) expect(balance).toBeGreaterThanOrEqual(0n);
          const own = entries.filter(({ accountId }) => accountId === id);
          expect(own.map((entry) => entry.sequence)).toEqual(Array.from({ length: sequence }, (_, index) => index + 1));
          let former = 0n;
          for (const { amount, balanceAfter } of own) {
            expect(balanceAfter).toBe((former += BigInt(amount)));
          }
        }
      }),
    );
  });

  it('has the same outcome for every batch size', () => {
    fc.assert(
      fc.property(orders, fc.integer({ min: 1, max: 64 }), (all, batch) => {
        expect(run(all, batch)).toEqual(run(all, 1));
      }),
    );
  });
});
