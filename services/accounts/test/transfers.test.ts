import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Secret } from '@mainstay/config';
import { withClient } from '@mainstay/postgres';
import { fingerprintOf } from '@mainstay/service/requests';
import { transfer as transferSchema } from '../src/http/transfer-schemas.js';
import { freshKey, openAccount, startAccounts, type Person, type RunningAccounts } from './running-accounts.js';

let accounts: RunningAccounts;
let ada: Person;
let bob: Person;
let adasAccount: string;
let bobsAccount: string;

beforeAll(async () => {
  accounts = await startAccounts();
});
afterAll(() => accounts.close());
beforeEach(async () => {
  [ada, bob] = [await accounts.register(), await accounts.register()];
  adasAccount = await openAccount(ada, { balance: 1_000 });
  bobsAccount = await openAccount(bob);
});

const order = (amount: number, more: object = {}) => ({
  fromAccountId: adasAccount,
  toAccountId: bobsAccount,
  amount,
  ...more,
});
const pay = (by: Person, body: object, key = freshKey()) =>
  by.post('/v1/transfers').set('Idempotency-Key', key).send(body);
const balanceOf = async (of: Person, id: string) =>
  ((await of.get(`/v1/accounts/${id}`)).body as { balance: number }).balance;

describe('POST /v1/transfers', () => {
  it('moves the money and responds with the transfer and its two entries', async () => {
    const reply = await pay(ada, order(300, { memo: 'Lunch' }));
    expect(reply.status).toBe(201);
    expect(reply.headers.location).toBe(`/v1/transfers/${(reply.body as { id: string }).id}`);
    expect(transferSchema.parse(reply.body)).toMatchObject({
      ...order(300, { memo: 'Lunch' }),
      currency: 'EUR',
      entries: [
        { accountId: adasAccount, amount: -300, sequence: 2, balanceAfter: 700, memo: 'Lunch' },
        { accountId: bobsAccount, amount: 300, sequence: 1 },
      ],
    });
    expect([await balanceOf(ada, adasAccount), await balanceOf(bob, bobsAccount)]).toEqual([700, 300]);
  });

  it('normalizes the Unicode of a memo, and replays the response for the original spelling', async () => {
    const key = freshKey();
    const reply = await pay(ada, order(1, { memo: ' cafe\u0301 ' }), key);
    expect(reply.body).toMatchObject({ memo: 'caf\u00e9' });
    expect((await pay(ada, order(1, { memo: 'cafe\u0301' }), key)).headers['idempotency-replayed']).toBe('true');
    const { rows } = await accounts.pool.query<{ fingerprint: Buffer }>(
      'SELECT fingerprint FROM idempotency_keys WHERE key = $1',
      [key],
    );
    // The stored fingerprint must be the same as in release 0.1.0. Release 0.1.0 trims the memo before it makes the
    // fingerprint, but does not normalize the memo's Unicode.
    const body = { ...order(1), memo: 'cafe\u0301' };
    expect(rows[0]?.fingerprint).toEqual(fingerprintOf('POST', '/v1/transfers', body));
  });

  it.each(['\u200b', 'a\u202eb', '\ud800'])('refuses a memo with invisible or invalid characters: %j', async (memo) => {
    expect((await pay(ada, order(1, { memo }))).status).toBe(400);
  });

  it("does not show the payee's balance to the payer, or the payer's balance to the payee", async () => {
    const { body, headers } = await pay(ada, order(1));
    const [own, foreign] = (body as { entries: object[] }).entries;
    expect(own).toHaveProperty('balanceAfter', 999);
    expect(foreign).not.toHaveProperty('balanceAfter');
    const seenByBob = await bob.get(headers.location!);
    const [payers, payees] = (seenByBob.body as { entries: object[] }).entries;
    expect(payers).not.toHaveProperty('balanceAfter');
    expect(payees).toHaveProperty('balanceAfter', 1);
  });

  it('returns the first response again, byte for byte, for a repeated idempotency key', async () => {
    const key = freshKey();
    const first = await pay(ada, order(100), key);
    await pay(ada, order(50)); // this transfer changes the balance before the replay
    const second = await pay(ada, order(100), `"${key}"`);
    expect(second.text).toBe(first.text);
    expect([second.status, second.headers.location]).toEqual([first.status, first.headers.location]);
    expect([first.headers['idempotency-replayed'], second.headers['idempotency-replayed']]).toEqual([
      undefined,
      'true',
    ]);
    expect(await balanceOf(ada, adasAccount)).toBe(850);
  });

  it('treats the same fields in another order as the same request', async () => {
    const key = freshKey();
    await pay(ada, { amount: 5, toAccountId: bobsAccount, fromAccountId: adasAccount }, key);
    expect((await pay(ada, order(5), key)).headers['idempotency-replayed']).toBe('true');
  });

  it('treats an id in upper case as the same id', async () => {
    const key = freshKey();
    await pay(ada, order(5), key);
    const shouted = order(5, { toAccountId: bobsAccount.toUpperCase() });
    expect((await pay(ada, shouted, key)).headers['idempotency-replayed']).toBe('true');
    expect((await pay(ada, order(1, { toAccountId: adasAccount.toUpperCase() }))).status).toBe(400);
    const deposits = (id: string) => `/v1/accounts/${id}/deposits`;
    const first = await ada.post(deposits(adasAccount)).set('Idempotency-Key', key).send({ amount: 5 });
    const again = await ada.post(deposits(adasAccount.toUpperCase())).set('Idempotency-Key', key).send({ amount: 5 });
    expect([again.status, again.text]).toEqual([201, first.text]);
  });

  it('refuses the same idempotency key for another request of the user, but not for another user', async () => {
    const key = freshKey();
    await pay(ada, order(100), key);
    const other = await pay(ada, order(101), key);
    expect([other.status, (other.body as { code: string }).code]).toEqual([422, 'idempotency_key_reused']);
    const back = { fromAccountId: bobsAccount, toAccountId: adasAccount, amount: 100 };
    expect((await pay(bob, back, key)).status).toBe(201);
  });

  it('moves the money once for fifty equal requests at the same time', async () => {
    const key = freshKey();
    const replies = await Promise.all(Array.from({ length: 50 }, () => pay(ada, order(10), key)));
    const succeeded = replies.filter(({ status }) => status === 201);
    const refused = replies.filter(({ status }) => status !== 201);
    expect(new Set(succeeded.map(({ text }) => text)).size).toBe(1);
    expect(succeeded.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).toHaveLength(1);
    for (const { body, headers } of refused) {
      expect([(body as { code: string }).code, headers['retry-after']]).toEqual(['idempotency_in_progress', '1']);
    }
    expect(await balanceOf(ada, adasAccount)).toBe(990);
  });

  it('moves nothing if the balance is too low, and accepts the same idempotency key later', async () => {
    const key = freshKey();
    const overdraw = await pay(ada, order(1_001), key);
    expect([overdraw.status, (overdraw.body as { code: string }).code]).toEqual([409, 'insufficient_funds']);
    expect([await balanceOf(ada, adasAccount), await balanceOf(bob, bobsAccount)]).toEqual([1_000, 0]);
    await ada.post(`/v1/accounts/${adasAccount}/deposits`).set('Idempotency-Key', freshKey()).send({ amount: 1 });
    expect((await pay(ada, order(1_001), key)).status).toBe(201);
  });

  it('refuses another currency, and a balance above the limit', async () => {
    const dollars = await openAccount(bob, { currency: 'USD' });
    const mismatch = await pay(ada, order(1, { toAccountId: dollars }));
    expect([mismatch.status, (mismatch.body as { code: string }).code]).toEqual([409, 'currency_mismatch']);
    await accounts.pool.query('UPDATE accounts SET balance = 9007199254740991 WHERE id = $1', [bobsAccount]);
    const full = await pay(ada, order(1));
    expect([full.status, (full.body as { code: string }).code]).toEqual([409, 'balance_limit']);
    await accounts.pool.query('UPDATE accounts SET balance = 0 WHERE id = $1', [bobsAccount]);
  });

  it.each([
    ["from another user's account", () => ({ fromAccountId: bobsAccount, toAccountId: adasAccount, amount: 1 })],
    ['into an account that does not exist', () => order(1, { toAccountId: '0198c5a0-0000-7000-8000-00000000dead' })],
  ])('responds to a transfer %s with 404', async (_, body) => {
    expect((await pay(ada, body())).status).toBe(404);
  });

  it('does not pay into the world account', async () => {
    const { rows } = await accounts.pool.query<{ id: string }>(
      "SELECT id FROM accounts WHERE owner_id IS NULL AND currency = 'EUR'",
    );
    expect((await pay(ada, order(1, { toAccountId: rows[0]!.id }))).status).toBe(404);
  });

  it.each([
    [{ amount: 0 }, 'amount'],
    [{ amount: 10 ** 12 + 1 }, 'amount'],
    [{ amount: 0.5 }, 'amount'],
    [{ memo: 'x'.repeat(141) }, 'memo'],
    [{ memo: 'a\u0000b' }, 'memo'],
    [{ purpose: 'fun' }, 'purpose'],
    [{ toAccountId: 'bob' }, 'toAccountId'],
  ])('responds to %j with 400 and names the field', async (wrong, path) => {
    const reply = await pay(ada, order(1, wrong));
    expect(reply.status).toBe(400);
    expect((reply.body as { errors: object[] }).errors).toEqual([expect.objectContaining({ path })]);
  });

  it('refuses a transfer from an account to itself', async () => {
    const reply = await pay(ada, order(1, { toAccountId: adasAccount }));
    expect([reply.status, (reply.body as { errors: object[] }).errors]).toEqual([
      400,
      [expect.objectContaining({ path: 'toAccountId' })],
    ]);
  });

  it('requires an idempotency key of 1 to 255 printable characters', async () => {
    const missing = await ada.post('/v1/transfers').send(order(1));
    expect((missing.body as { code: string }).code).toBe('idempotency_key_missing');
    for (const key of ['""', 'x'.repeat(256), 'two, keys', '"two", "keys"']) {
      const reply = await pay(ada, order(1), key);
      expect([reply.status, (reply.body as { code: string }).code]).toEqual([400, 'invalid_request']);
    }
    expect((await pay(ada, order(1), '"one, with a comma"')).status).toBe(201);
  });

  it('keeps the entries of an account in the order of time when the clock is set back', async () => {
    // Move the deposit's entry ten seconds ahead, as if the clock was set back after the deposit.
    await withClient(new Secret(accounts.database.ownerUrl), (owner) =>
      owner.query(`UPDATE entries SET created_at = created_at + interval '10 s' WHERE account_id = $1`, [adasAccount]),
    );
    await pay(ada, order(300));
    const { items } = (await ada.get(`/v1/accounts/${adasAccount}/entries`)).body as { items: { createdAt: string }[] };
    expect(items.map(({ createdAt }) => createdAt)).toEqual([items[1]!.createdAt, items[1]!.createdAt]);
    // fork:remove statements
    const at = items[0]!.createdAt;
    const periods = [`to=${at}`, `from=${at}&to=${new Date(Date.parse(at) + 1_000).toISOString()}`];
    const lines = await Promise.all(
      periods.map(async (period) => {
        const csv = await ada.get(`/v1/accounts/${adasAccount}/statement?format=csv&${period}`).expect(200);
        return csv.text.trimEnd().split('\r\n').length - 1;
      }),
    );
    expect(lines).toEqual([0, 2]);
    // end of fork:remove statements
  });

  it('never deadlocks and never loses a cent when two accounts pay each other at the same time', async () => {
    await pay(ada, order(500));
    const back = { fromAccountId: bobsAccount, toAccountId: adasAccount, amount: 1 };
    const replies = await Promise.all(
      Array.from({ length: 60 }, (_, turn) => (turn % 2 ? pay(ada, order(1)) : pay(bob, back))),
    );
    expect(replies.filter(({ status }) => status !== 201)).toEqual([]);
    expect([await balanceOf(ada, adasAccount), await balanceOf(bob, bobsAccount)]).toEqual([500, 500]);
  });

  it('writes one event for both owners, without a balance', async () => {
    const { body } = await pay(ada, order(7, { memo: 'Tea' }));
    const { id } = body as { id: string };
    const { rows } = await accounts.pool.query<{ type: string; subjects: string[]; data: object }>(
      "SELECT type, subjects, data FROM outbox WHERE data ->> 'transferId' = $1",
      [id],
    );
    expect(rows).toEqual([
      {
        type: 'transfer.completed',
        subjects: expect.arrayContaining([ada.id, bob.id]),
        data: { transferId: id, ...order(7), currency: 'EUR', memo: 'Tea' },
      },
    ]);
  });
});

describe('GET /v1/transfers/:transferId', () => {
  it('returns the content of the first response to both parties, and 404 to another user', async () => {
    const { headers, text } = await pay(ada, order(5));
    expect((await ada.get(headers.location!)).text).toBe(text);
    expect((await bob.get(headers.location!)).status).toBe(200);
    const eve = await accounts.register();
    expect((await eve.get(headers.location!)).status).toBe(404);
  });
});

describe('the role of the service', () => {
  it.each([
    'UPDATE entries SET amount = 1',
    'DELETE FROM entries',
    'UPDATE transfers SET amount = 1',
    'DELETE FROM outbox',
    'TRUNCATE entries',
  ])('has no permission for: %s', async (statement) => {
    await expect(accounts.pool.query(statement)).rejects.toThrow(/permission denied/);
  });
});
