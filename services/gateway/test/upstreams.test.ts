import { connect } from 'node:net'; // fork:remove statements
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeAll, afterAll, describe, expect, it } from '@jest/globals';
import { until } from '@mainstay/platform/testing/eventually';
import { createTestRedis, freePort, type TestRedis } from '@mainstay/platform/testing';
import { v7 as newId } from 'uuid';
import { register, type Reply, type Visitor } from './http-client.js';
import { playAccounts } from './playing-accounts.js';
import { json, playService, problem, type PlayingService } from './playing-service.js';
import { runGateway, type GatewayPlan, type RunningGateway } from './running-gateway.js';

let testRedis: TestRedis;
let accounts: Awaited<ReturnType<typeof playAccounts>>;
const closers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  [testRedis, accounts] = await Promise.all([createTestRedis(), playAccounts()]);
});

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

afterAll(async () => {
  await accounts.close();
  await testRedis.close();
});

async function run(plan: Partial<GatewayPlan>): Promise<{ gateway: RunningGateway; person: Visitor }> {
  const gateway = await runGateway({ redisUrl: testRedis.url, accountsUrl: accounts.url, ...plan });
  closers.push(() => gateway.close());
  return { gateway, person: await register(gateway.url) };
}

async function play(options?: { host: string; port: number }): Promise<PlayingService> {
  const service = await playService(options);
  closers.push(() => service.close());
  return service;
}

const seen = ({ status, headers, text }: Reply) => [
  status,
  (JSON.parse(text) as { code?: string }).code,
  headers['retry-after'],
];
const unavailable = [503, 'unavailable', '1'];
const gaugeOf = async (gateway: RunningGateway, name: string, upstream = 'activity') => {
  const line = (await gateway.metrics()).split('\n').find((text) => text.startsWith(`${name}{upstream="${upstream}"`));
  return Number(line?.split(' ').at(-1));
};

describe('the breaker of a service', () => {
  const settings = { UPSTREAM_FAILURES_MAX: '4' };

  it('opens after failures over more than a second, sends no requests to the service, and closes after a successful probe', async () => {
    const activity = await play();
    const { gateway, person } = await run({ activityUrl: activity.url, settings });
    activity.on('GET /v1/activity', (req) => req.socket.destroy());
    while ((await gaugeOf(gateway, 'upstream_breaker_state')) === 0) {
      expect(seen(await person.send('GET', '/v1/activity'))).toEqual(unavailable);
    }
    const before = activity.received.length;
    expect(seen(await person.send('GET', '/v1/activity'))).toEqual(unavailable);
    expect(activity.received.length).toBeLessThanOrEqual(before + 1);
    expect((await person.send('GET', '/v1/accounts')).status).toBe(200);
    activity.on('GET /v1/activity', (_req, res) => json(res, 200, {}));
    await until(async () => (await person.send('GET', '/v1/activity')).status === 200);
    expect(await gaugeOf(gateway, 'upstream_breaker_state')).toBe(0);
  });

  it('does not open because of clients: refused requests, abandoned requests, and too many requests', async () => {
    const activity = await play();
    const { gateway, person } = await run({ activityUrl: activity.url, settings });
    activity.on('GET /v1/activity', (_req, res) => problem(res, 400, 'invalid_request'));
    activity.on('GET /v1/activity/live', (_req, res) => problem(res, 503, 'unavailable'));
    for (const path of ['/v1/activity', '/v1/activity/live']) {
      for (let time = 0; time < 5; time += 1) await person.send('GET', path);
    }
    await delay(1_000);
    await person.send('GET', '/v1/activity/live');
    for (let time = 0; time < 5; time += 1) {
      const leaving = new AbortController();
      activity.on('GET /v1/activity/summary', () => leaving.abort());
      const options = { signal: leaving.signal };
      await expect(person.send('GET', '/v1/activity/summary', options)).rejects.toThrow('aborted');
    }
    await until(async () => (await gaugeOf(gateway, 'upstream_requests_under_way')) === 0);
    expect(await gaugeOf(gateway, 'upstream_breaker_state')).toBe(0);
  });

  // fork:remove statements
  it('never opens because of rationed requests, which are not retried and do not block other requests', async () => {
    const limits = { ...settings, OVERLOAD_CONCURRENCY_MIN: '4', OVERLOAD_CONCURRENCY_MAX: '4' };
    const { gateway, person } = await run({ settings: limits });
    const statement = '/v1/accounts/one/statement';
    for (const [status, code] of [
      [504, 'deadline_exceeded'],
      [503, 'unavailable'],
    ] as const) {
      const before = accounts.received.length;
      accounts.on(`GET ${statement}`, (_req, res) => problem(res, status, code));
      for (let time = 0; time < 8; time += 1) {
        expect((await person.send('GET', statement)).status).toBe(status);
        await delay(150);
      }
      expect(accounts.received.length - before).toBe(8);
    }
    expect(await gaugeOf(gateway, 'upstream_breaker_state', 'accounts')).toBe(0);
    const held: (() => void)[] = [];
    accounts.on(`GET ${statement}`, (_req, res) => held.push(() => json(res, 200, {})));
    const asked = Array.from({ length: 4 }, () => person.send('GET', statement));
    await until(() => held.length === 4);
    expect((await person.send('GET', '/v1/accounts')).status).toBe(200);
    for (const answer of held) answer();
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });
  // end of fork:remove statements

  it('opens after timeouts, so that the next request does not wait', async () => {
    const activity = await play();
    const { person } = await run({ activityUrl: activity.url, settings: { ...settings, REQUEST_DEADLINE_MS: '3000' } });
    activity.on('GET /v1/activity', () => undefined);
    const late = await Promise.all(Array.from({ length: 4 }, () => person.send('GET', '/v1/activity')));
    expect(late.map(({ status }) => status)).toEqual([504, 504, 504, 504]);
    expect(seen(await person.send('GET', '/v1/activity'))).toEqual(unavailable);
    expect(activity.received).toHaveLength(4);
  });
});

describe('a slow service', () => {
  it('gets a limited number of requests: some wait, further requests are refused at once, and other services work', async () => {
    const activity = await play();
    const settings = { UPSTREAM_CONNECTIONS_MAX: '3', UPSTREAM_WAITING_MAX: '2' };
    const { gateway, person } = await run({ activityUrl: activity.url, settings });
    const held: (() => void)[] = [];
    activity.on('GET /v1/activity', (_req, res) => held.push(() => json(res, 200, {})));
    const asked = Array.from({ length: 5 }, () => person.send('GET', '/v1/activity'));
    await until(async () => (await gaugeOf(gateway, 'upstream_requests_waiting')) === 2);
    expect(seen(await person.send('GET', '/v1/activity'))).toEqual(unavailable);
    expect((await person.send('GET', '/v1/accounts')).status).toBe(200);
    expect(activity.received).toHaveLength(3);
    let answered = 0;
    await until(() => {
      for (const answer of held.splice(0)) {
        answer();
        answered += 1;
      }
      return answered === 5;
    });
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    await until(async () => (await gaugeOf(gateway, 'upstream_requests_under_way')) === 0);
  });
});

// fork:remove statements
describe('large responses that a client reads slowly', () => {
  it('do not block other requests', async () => {
    const settings = { UPSTREAM_CONNECTIONS_MAX: '2', UPSTREAM_WAITING_MAX: '0' };
    const { gateway, person } = await run({ settings });
    const statement = '/v1/accounts/one/statement';
    accounts.on(`GET ${statement}`, (_req, res) => res.writeHead(200).end(Buffer.alloc(20_000_000)));
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1').pause();
    closers.push(() => Promise.resolve(void socket.destroy()));
    socket.write(`GET ${statement} HTTP/1.1\r\nHost: a\r\nCookie: ${person.cookie}\r\n\r\n`);
    await until(async () => (await gaugeOf(gateway, 'upstream_requests_under_way', 'accounts')) === 1);
    expect(seen(await person.send('GET', statement))).toEqual(unavailable);
    const replies = [person.send('GET', '/v1/accounts'), person.send('GET', '/v1/accounts')];
    expect((await Promise.all(replies)).map(({ status }) => status)).toEqual([200, 200]);
    socket.destroy();
    await until(async () => (await gaugeOf(gateway, 'upstream_requests_under_way', 'accounts')) === 0);
  });
});
// end of fork:remove statements

describe('a service with several addresses', () => {
  const host = 'service.test';
  const someUser = { id: newId(), email: 'a@example.com', displayName: 'A', createdAt: new Date().toISOString() };

  /** Starts two replicas with the same port on two loopback addresses. */
  async function twoReplicas() {
    const port = await freePort();
    const first = await play({ host: '127.0.0.1', port });
    const second = await play({ host: '127.0.0.2', port });
    const activityUrl = `http://${host}:${port}`;
    return { first, second, activityUrl, port };
  }

  it('gets requests at all addresses, with its host name in the Host header', async () => {
    const { first, second, activityUrl, port } = await twoReplicas();
    const { person } = await run({ activityUrl, lookup: () => Promise.resolve(['127.0.0.1', '127.0.0.2']) });
    for (let time = 0; time < 10; time += 1) await person.send('GET', '/v1/activity');
    expect([first.received.length, second.received.length]).toEqual([5, 5]);
    expect(second.received[0]?.headers.host).toBe(`${host}:${port}`);
  });

  it('works for every method if one address is down', async () => {
    const { first, second, activityUrl: accountsUrl } = await twoReplicas();
    for (const replica of [first, second]) {
      replica.on('POST /internal/users', (_req, res) => json(res, 201, someUser));
    }
    const lookup = () => Promise.resolve(['127.0.0.1', '127.0.0.2']);
    const { gateway, person } = await run({ accountsUrl, lookup });
    await first.close();
    // After two GETs, the gateway has dropped the closed connection. A POST on this connection could not be retried.
    for (let time = 0; time < 2; time += 1) await person.send('GET', '/v1/accounts');
    const before = second.received.length;
    for (let time = 0; time < 6; time += 1) {
      const statuses = [
        await person.send('GET', '/v1/accounts'),
        await person.send('POST', '/v1/accounts', { json: { name: 'streamed, and not to be repeated' } }),
      ].map(({ status }) => status);
      expect(statuses).toEqual([200, 200]);
    }
    expect(second.received.length - before).toBe(12);
    expect(second.received.at(-1)?.body).toContain('streamed');
    expect(await gaugeOf(gateway, 'upstream_breaker_state', 'accounts')).toBe(0);
  });

  it('gets requests at its current address, without a restart of the gateway', async () => {
    const { first, second, activityUrl } = await twoReplicas();
    let addresses = ['127.0.0.1'];
    const { person } = await run({ activityUrl, lookup: () => Promise.resolve(addresses) });
    await person.send('GET', '/v1/activity');
    expect([first.received.length, second.received.length]).toEqual([1, 0]);
    addresses = ['127.0.0.2'];
    await first.close();
    await until(async () => (await person.send('GET', '/v1/activity')).status === 200);
    expect(second.received.length).toBeGreaterThan(0);
  });
});

describe('a connection that a service closed while it was unused', () => {
  it('does not fail a request that may be retried', async () => {
    const activity = await play();
    const { person } = await run({ activityUrl: activity.url });
    // Simulates a keep-alive timeout: the service closes the connection of the first request.
    let isFirst = true;
    activity.onHead('GET /v1/activity', (req, res) => {
      if (isFirst) req.socket.destroy();
      else json(res, 200, {});
      isFirst = false;
    });
    expect((await person.send('GET', '/v1/activity')).status).toBe(200);
  });
});
