import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@mainstay/platform/testing/eventually';
import { createTestRedis, type TestRedis } from '@mainstay/platform/testing';
import { register, safetyHeaders, send, visit, type Visitor } from './http-client.js';
import { playAccounts } from './playing-accounts.js';
import { json, playService, type PlayingService } from './playing-service.js';
import { runGateway, type RunningGateway } from './running-gateway.js';

let testRedis: TestRedis;
let accounts: Awaited<ReturnType<typeof playAccounts>>;
let activity: PlayingService;
let gateway: RunningGateway;
let person: Visitor;
const answers: (() => void)[] = [];

const settings = { OVERLOAD_CONCURRENCY_MIN: '4', OVERLOAD_CONCURRENCY_MAX: '4' };

beforeAll(async () => {
  [testRedis, accounts, activity] = await Promise.all([createTestRedis(), playAccounts(), playService()]);
  const urls = { accountsUrl: accounts.url, activityUrl: activity.url };
  gateway = await runGateway({ redisUrl: testRedis.url, settings, ...urls });
  person = await register(gateway.url);
  accounts.on('GET /v1/accounts', (_req, res) => answers.push(() => json(res, 200, {})));
});

afterEach(() => {
  for (const answer of answers.splice(0)) answer();
});

afterAll(async () => {
  await gateway.close();
  await Promise.all([accounts.close(), activity.close()]);
  await testRedis.close();
});

/** Sends `places` concurrent requests to the accounts service, and waits until all have arrived. */
async function occupy(places: number) {
  const replies = Array.from({ length: places }, () => person.send('GET', '/v1/accounts'));
  await until(() => answers.length >= places);
  return replies;
}

describe('under overload', () => {
  it('requests get 503 with Retry-After before any work, but health checks and requests to other services succeed', async () => {
    const replies = await occupy(4);
    const before = accounts.received.length;
    const refused = await person.send('GET', '/v1/accounts');
    expect([refused.status, refused.json().code]).toEqual([503, 'unavailable']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(refused.headers.ratelimit).toBeUndefined();
    expect(refused.headers).toMatchObject(await safetyHeaders(gateway.url));
    expect(accounts.received).toHaveLength(before);
    expect((await send(gateway.url, 'GET', '/healthz')).status).toBe(200);
    expect((await person.send('GET', '/v1/activity')).status).toBe(200);
    expect(await gateway.metrics()).toContain('overload_refusals_total{part="accounts"} 1');
    for (const answer of answers.splice(0)) answer();
    expect((await Promise.all(replies)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });

  it('signed-in callers have priority, but a forged cookie gives no priority', async () => {
    const replies = await occupy(3);
    const forged = visit(gateway.url, 'mainstay.sid=s%3Aaaaa.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
    for (const visitor of [visit(gateway.url), forged]) {
      expect((await visitor.send('GET', '/v1/session')).status).toBe(503);
    }
    expect((await person.send('GET', '/v1/session')).status).toBe(200);
    for (const answer of answers.splice(0)) answer();
    await Promise.all(replies);
    expect((await visit(gateway.url).send('GET', '/v1/session')).status).toBe(401);
  });

  it('a live feed does not count for the limit', async () => {
    activity.onHead('GET /v1/activity/live', (_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write(': hello\n\n');
    });
    const leaving = new AbortController();
    const feeds = Array.from({ length: 6 }, () =>
      person.send('GET', '/v1/activity/live', { signal: leaving.signal }).catch(() => undefined),
    );
    await until(() => activity.received.filter(({ url }) => url === '/v1/activity/live').length >= 6);
    expect((await person.send('GET', '/v1/activity')).status).toBe(200);
    leaving.abort();
    await Promise.all(feeds);
  });
});
