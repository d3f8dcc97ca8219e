import http from 'node:http';
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@mainstay/platform/testing/eventually';
import { createTestRedis, type TestRedis } from '@mainstay/platform/testing';
import { v7 as newId } from 'uuid';
import { register, send, visit } from './http-client.js';
import { playAccounts } from './playing-accounts.js';
import { playService, type PlayingService } from './playing-service.js';
import { runGateway, type RunningGateway } from './running-gateway.js';

let testRedis: TestRedis;
let accounts: Awaited<ReturnType<typeof playAccounts>>;
let activity: PlayingService;
let gateway: RunningGateway;

beforeAll(async () => {
  [testRedis, accounts, activity] = await Promise.all([createTestRedis(), playAccounts(), playService()]);
  activity.on('GET /v1/activity/live', (_req, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    res.write(': hello\n\n');
  });
  gateway = await runGateway({
    redisUrl: testRedis.url,
    accountsUrl: accounts.url,
    activityUrl: activity.url,
    settings: {
      TRUST_PROXY: '1',
      RATE_LIMIT_ANONYMOUS_MAX: '30',
      OVERLOAD_CONCURRENCY_MIN: '10000',
      OVERLOAD_CONCURRENCY_MAX: '10000',
    },
  });
});

afterAll(async () => {
  await gateway.close();
  await Promise.all([accounts.close(), activity.close()]);
  await testRedis.close();
});

/**
 * Returns the value of each metric series by its name and labels. Series of the process are omitted, because some
 * appear only after a garbage collection.
 */
async function series(): Promise<Map<string, number>> {
  const lines = (await gateway.metrics()).split('\n').filter((line) => !/^(#|$|process_|nodejs_)/.test(line));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}
const valueOf = async (name: string): Promise<number> => (await series()).get(name) ?? 0;

const statusLine = 'HTTP/1.1 ';

/** Sends `bytes` on a new connection, and disconnects when `replies` responses have begun. */
async function pipeline(bytes: string, replies: number): Promise<void> {
  const socket = net.connect(Number(new URL(gateway.url).port), '127.0.0.1');
  socket.write(bytes);
  let begun = 0;
  let tail = '';
  for await (const text of socket.setEncoding('latin1') as AsyncIterable<string>) {
    begun += (tail + text).split(statusLine).length - 1;
    if (begun >= replies) return;
    tail = (tail + text).slice(1 - statusLine.length);
  }
  throw new Error(`the gateway closed the connection after ${begun} of ${replies} replies`);
}

describe('the metrics of the gateway', () => {
  it('count the refusals of each limit', async () => {
    const from = { 'x-forwarded-for': '203.0.113.9' };
    for (let request = 0; request < 30; request += 1) await send(gateway.url, 'GET', '/v1/session', { headers: from });
    expect((await send(gateway.url, 'GET', '/v1/session', { headers: from })).status).toBe(429);
    expect(await valueOf('rate_limit_refusals_total{limiter="anonymous"}')).toBe(1);
    expect(await valueOf('rate_limit_refusals_total{limiter="logins"}')).toBe(0);
  });

  it('measure each attempt to reach a service, and count the retries', async () => {
    const person = visit(gateway.url, (await register(gateway.url)).cookie);
    const attempts = (outcome: string) =>
      valueOf(`upstream_request_duration_seconds_count{upstream="activity",outcome="${outcome}"}`);
    const before = await attempts('2xx');
    let isBroken = true;
    activity.on('GET /v1/activity', (req, res) => {
      if (isBroken) req.socket.destroy();
      else res.end('{}');
      isBroken = false;
    });
    expect((await person.send('GET', '/v1/activity')).status).toBe(200);
    expect([await attempts('connection_failed'), (await attempts('2xx')) - before]).toEqual([1, 1]);
    expect(await valueOf('upstream_retries_total{upstream="activity"}')).toBe(1);
  });

  it('do not count the duration of a live feed as a slow request', async () => {
    const { cookie } = await register(gateway.url);
    const labels = 'method="GET",route="/v1/activity/live",status_class="2xx"';
    const feed = http.get(`${gateway.url}/v1/activity/live`, { agent: false, headers: { cookie } }, (res) => {
      res.on('error', () => undefined).resume();
    });
    feed.on('error', () => undefined);
    await until(async () => (await valueOf('http_streams_open')) === 1);
    expect(await valueOf(`http_request_duration_seconds_count{${labels}}`)).toBe(1);
    expect(await valueOf('http_requests_in_flight')).toBe(0);
    feed.destroy();
    await until(async () => (await valueOf('http_streams_open')) === 0);
    expect(await valueOf('http_stream_duration_seconds_count{route="/v1/activity/live"}')).toBe(1);
    expect(await valueOf(`http_request_duration_seconds_count{${labels}}`)).toBe(1);
  });

  it('have the same series after 10,000 different paths and callers as after 500', async () => {
    const people = await Promise.all(Array.from({ length: 20 }, () => register(gateway.url)));
    const request = (number: number) => {
      const paths = ['', '/v1/accounts', '/v1/transfers', '/v1/sessions'];
      const methods = ['GET', 'GET', 'GET', 'DELETE', 'PURGE'];
      const { cookie = '' } = people[number % people.length]!;
      const head = [
        `${methods[number % methods.length]} ${paths[number % paths.length]}/${newId()}?of=${number} HTTP/1.1`,
        'host: gateway',
        `x-forwarded-for: 10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`,
        `x-request-id: request-${number}`,
        `user-agent: agent-${number}`,
        ...(number % 3 === 0 ? [`cookie: ${cookie}`] : []),
      ];
      return `${head.join('\r\n')}\r\n\r\n`;
    };
    const connections = 10;
    const batch = 50;
    async function throwAll(from: number, to: number): Promise<void> {
      let next = from;
      const client = async () => {
        while (next < to) {
          const first = next;
          next += batch;
          const bytes = Array.from({ length: batch }, (_, offset) => request(first + offset)).join('');
          await pipeline(bytes, batch);
        }
      };
      await Promise.all(Array.from({ length: connections }, client));
    }
    const requests = async () => {
      const all = [...(await series())].filter(([name]) => name.startsWith('http_request_duration_seconds_count'));
      return all.reduce((sum, [, count]) => sum + count, 0);
    };
    await until(async () => (await valueOf('http_requests_in_flight')) === 0);
    const before = await requests();
    await throwAll(0, 500);
    await until(async () => (await requests()) - before === 500);
    const few = [...(await series()).keys()].sort();
    await throwAll(500, 10_000);
    await until(async () => (await requests()) - before === 10_000);
    expect([...(await series()).keys()].sort()).toEqual(few);
    expect(few.length).toBeLessThan(1_000);
  }, 180_000);
});
