import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { errorCodes, type ErrorCode } from '@mainstay/errors';
import pg from 'pg';
import { eventually } from '@mainstay/platform/testing/eventually';
import { startPlatform, type Platform } from './platform.js';
import { visitor, type Reply, type Visitor } from './visitor.js';

let platform: Platform;
let ada: Visitor;
let account: string;
let other: string;

const person = { email: 'ada@example.com', password: 'correct horse battery', displayName: 'Ada' };

beforeAll(async () => {
  platform = await startPlatform({ RATE_LIMIT_LOGIN_MAX: '2' });
  ada = visitor(platform.url);
  await ada.post('/v1/users', person);
  account = (await ada.post('/v1/accounts', { name: 'One', currency: 'EUR' })).json.id;
  other = (await ada.post('/v1/accounts', { name: 'Other', currency: 'EUR' })).json.id;
}, 60_000);
afterAll(() => platform.close());

const order = (more: object = {}) => ({ fromAccountId: account, toAccountId: other, amount: 1, ...more });

async function asOwner(statement: string): Promise<void> {
  const owner = new pg.Client({ connectionString: platform.databaseUrls.owner });
  await owner.connect();
  await owner.query(statement).finally(() => owner.end());
}

/** One request for each error code that a client can cause. */
const provoked: Partial<Record<ErrorCode, () => Promise<Reply>>> = {
  invalid_request: () => ada.post('/v1/accounts', { name: 'A', currency: 'EUR', colour: 'red' }),
  idempotency_key_missing: () => ada.post('/v1/transfers', order()),
  unauthenticated: () => visitor(platform.url).get('/v1/accounts'),
  invalid_credentials: () =>
    visitor(platform.url).post('/v1/session', { email: person.email, password: 'a wrong password' }),
  cross_site: () => ada.post('/v1/accounts', { name: 'A', currency: 'EUR' }, { 'sec-fetch-site': 'cross-site' }),
  not_found: () => ada.get('/v1/accounts/0198c5a0-0000-7000-8000-00000000dead'),
  method_not_allowed: () => ada.delete('/v1/accounts'),
  email_taken: () => visitor(platform.url).post('/v1/users', { ...person, email: 'ADA@example.com' }),
  insufficient_funds: () => ada.postKeyed('/v1/transfers', order()),
  async currency_mismatch() {
    const dollars = (await ada.post('/v1/accounts', { name: 'Dollars', currency: 'USD' })).json.id;
    return ada.postKeyed('/v1/transfers', order({ toAccountId: dollars }));
  },
  async balance_limit() {
    await asOwner(`UPDATE accounts SET balance = 9007199254740991 WHERE id = '${other}'`);
    const reply = await ada.postKeyed(`/v1/accounts/${other}/deposits`, { amount: 1 });
    await asOwner(`UPDATE accounts SET balance = 0 WHERE id = '${other}'`);
    return reply;
  },
  async idempotency_in_progress() {
    // A lock on the account keeps the first request running until the second request arrives.
    const holder = new pg.Client({ connectionString: platform.databaseUrls.owner });
    await holder.connect();
    await holder.query(`BEGIN; SELECT FROM accounts WHERE id = '${account}' FOR UPDATE`);
    const replies = await Promise.race(
      [0, 1].map(() => ada.postKeyed(`/v1/accounts/${account}/deposits`, { amount: 1 }, 'one at a time')),
    );
    await holder.end();
    return replies;
  },
  async idempotency_key_reused() {
    await ada.postKeyed(`/v1/accounts/${account}/deposits`, { amount: 5 }, 'mine');
    return ada.postKeyed(`/v1/accounts/${account}/deposits`, { amount: 6 }, 'mine');
  },
  session_changed: () => ada.get('/v1/accounts', { 'expected-session': 'another' }),
  too_large: () => ada.post('/v1/accounts', { name: 'x'.repeat(70_000), currency: 'EUR' }),
  unsupported_media_type: () =>
    ada.post('/v1/accounts', 'name=A&currency=EUR', { 'content-type': 'application/x-www-form-urlencoded' }),
  async rate_limited() {
    const stranger = visitor(platform.url);
    const guess = () => stranger.post('/v1/session', { email: 'bob@example.com', password: 'a wrong password' });
    await guess();
    await guess();
    return guess();
  },
};

describe('the error codes', () => {
  it.each(Object.keys(provoked) as ErrorCode[])('%s', async (code) => {
    const reply = await provoked[code]!();
    expect(reply.headers.get('content-type')).toBe('application/problem+json');
    expect(reply.json).toEqual({
      type: `urn:problem:${code}`,
      title: errorCodes[code].title,
      status: errorCodes[code].status,
      detail: expect.any(String),
      code,
      requestId: reply.headers.get('x-request-id'),
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      ...(code === 'invalid_request' && { errors: [{ path: 'colour', message: expect.any(String) }] }),
    });
    expect(reply.status).toBe(errorCodes[code].status);
    expect(reply.headers.has('retry-after')).toBe(code === 'rate_limited' || code === 'idempotency_in_progress');
  });

  it('deadline_exceeded, from a service that does not respond', async () => {
    await platform.kill('gateway');
    await platform.start('gateway', { REQUEST_DEADLINE_MS: '1000' });
    platform.process('accounts').kill('SIGSTOP');
    const reply = await ada.get('/v1/accounts');
    platform.process('accounts').kill('SIGCONT');
    expect([reply.status, reply.json.code]).toEqual([504, 'deadline_exceeded']);
  });

  it('unavailable, from a stopped service, until the service runs again', async () => {
    await platform.kill('accounts');
    const reply = await ada.get('/v1/accounts');
    expect([reply.status, reply.json.code, reply.headers.has('retry-after')]).toEqual([503, 'unavailable', true]);
    await platform.start('accounts');
    const back = await eventually(
      () => ada.get('/v1/accounts'),
      ({ status }) => status !== 503,
    );
    expect(back.status).toBe(200);
  });

  it('all occur except internal, which no request should cause', () => {
    const told = new Set([...Object.keys(provoked), 'deadline_exceeded', 'unavailable', 'internal']);
    expect(Object.keys(errorCodes).filter((code) => !told.has(code))).toEqual([]);
  });
});
