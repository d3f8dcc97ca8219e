import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { account as accountSchema, entryPage } from '../src/http/account-schemas.js';
import { freshKey, openAccount, startAccounts, type Person, type RunningAccounts } from './running-accounts.js';

let accounts: RunningAccounts;
let ada: Person;
let eve: Person;

beforeAll(async () => {
  accounts = await startAccounts();
  [ada, eve] = [await accounts.register(), await accounts.register()];
});
afterAll(() => accounts.close());

const deposit = (by: Person, id: string, amount: unknown, key = freshKey()) =>
  by.post(`/v1/accounts/${id}/deposits`).set('Idempotency-Key', key).send({ amount });

describe('POST /v1/accounts', () => {
  it('opens an account with a balance of zero', async () => {
    const reply = await ada.post('/v1/accounts').send({ name: ' Holidays ', currency: 'JPY' });
    expect(reply.status).toBe(201);
    expect(accountSchema.parse(reply.body)).toMatchObject({ name: 'Holidays', currency: 'JPY', balance: 0 });
    expect((await ada.get(reply.headers.location!)).body).toEqual(reply.body);
  });

  it.each([
    [{ currency: 'EUR' }, 'name'],
    [{ name: 'x'.repeat(81), currency: 'EUR' }, 'name'],
    [{ name: 'A', currency: 'eur' }, 'currency'],
    [{ name: 'A', currency: 'XAU' }, 'currency'],
    [{ name: 'A', currency: 'EUR', balance: 5 }, 'balance'],
  ])('responds to %j with 400 and names the field', async (body, path) => {
    const reply = await ada.post('/v1/accounts').send(body);
    expect([reply.status, (reply.body as { errors: { path: string }[] }).errors.map((error) => error.path)]).toEqual([
      400,
      [path],
    ]);
  });
});

describe('GET /v1/accounts', () => {
  it('returns every account once across all result pages, oldest first', async () => {
    const bob = await accounts.register();
    const opened = [await openAccount(bob), await openAccount(bob), await openAccount(bob)];
    const first = (await bob.get('/v1/accounts?limit=2')).body as { items: { id: string }[]; nextCursor: string };
    const second = (await bob.get(`/v1/accounts?limit=2&cursor=${first.nextCursor}`)).body as typeof first;
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(opened);
    expect(second.nextCursor).toBeNull();
    const foreign = await ada.get(`/v1/accounts?cursor=${first.nextCursor}`);
    expect([foreign.status, (foreign.body as { errors: { path: string }[] }).errors[0]?.path]).toEqual([400, 'cursor']);
  });
});

describe('POST /v1/accounts/:accountId/deposits', () => {
  it('pays in from the world account, once for each idempotency key', async () => {
    const id = await openAccount(ada);
    const key = freshKey();
    const first = await deposit(ada, id, 250, key);
    expect(first.status).toBe(201);
    expect((await deposit(ada, id, 250, key)).text).toBe(first.text);
    expect((await ada.get(`/v1/accounts/${id}`)).body).toMatchObject({ balance: 250 });
    expect((first.body as { entries: object[] }).entries[0]).not.toHaveProperty('balanceAfter');
  });

  it('refuses the same idempotency key for another account', async () => {
    const [one, other] = [await openAccount(ada), await openAccount(ada)];
    const key = freshKey();
    await deposit(ada, one, 5, key);
    expect((await deposit(ada, other, 5, key)).status).toBe(422);
  });

  it('is available to the owner only', async () => {
    expect((await deposit(eve, await openAccount(ada), 5)).status).toBe(404);
  });
});

describe('GET /v1/accounts/:accountId/entries', () => {
  it('returns every entry once, newest first by sequence, with balanceAfter', async () => {
    const id = await openAccount(ada);
    for (const amount of [1, 2, 3]) await deposit(ada, id, amount);
    const first = entryPage.parse((await ada.get(`/v1/accounts/${id}/entries?limit=2`)).body);
    const second = entryPage.parse(
      (await ada.get(`/v1/accounts/${id}/entries?limit=2&cursor=${first.nextCursor}`)).body,
    );
    expect(
      [...first.items, ...second.items].map((entry) => [entry.sequence, entry.amount, entry.balanceAfter]),
    ).toEqual([
      [3, 3, 6],
      [2, 2, 3],
      [1, 1, 1],
    ]);
  });
});

describe('an unknown query parameter', () => {
  it('is named in the error, and the request has no effect', async () => {
    const id = await openAccount(ada, { balance: 5 });
    const order = { fromAccountId: id, toAccountId: await openAccount(eve), amount: 1 };
    const paths = { '/v1/accounts': { name: 'A', currency: 'EUR' }, '/v1/transfers': order };
    for (const [path, body] of Object.entries({ ...paths, [`/v1/accounts/${id}/deposits`]: { amount: 1 } })) {
      const reply = await ada.post(`${path}?x=1`).set('Idempotency-Key', freshKey()).send(body);
      expect([path, reply.status, (reply.body as { errors: object[] }).errors]).toEqual([
        path,
        400,
        [{ path: 'x', message: 'is not a known field' }],
      ]);
    }
    expect((await ada.get(`/v1/accounts/${id}`)).body).toMatchObject({ balance: 5 });
  });
});

describe('an account of another user', () => {
  it.each(['', '/entries'])('gets 404 at /v1/accounts/:accountId%s', async (path) => {
    const id = await openAccount(ada, { balance: 5 });
    expect((await eve.get(`/v1/accounts/${id}${path}`)).status).toBe(404);
  });

  it('is not accessible without an identity', async () => {
    expect((await accounts.asAnonymous.get('/v1/accounts')).status).toBe(401);
  });
});
