import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestRedis, type TestRedis } from '@mainstay/platform/testing';
import { Redis } from 'ioredis';
import { register, send, thePassword, visit, type Visitor } from './http-client.js';
import { playAccounts } from './playing-accounts.js';
import { playService, problem, type PlayingService } from './playing-service.js';
import { runGateway, type RunningGateway } from './running-gateway.js';

let testRedis: TestRedis;
let redis: Redis;
let accounts: Awaited<ReturnType<typeof playAccounts>>;
let activity: PlayingService;
let gateway: RunningGateway;
let neighbour: RunningGateway;
/** Responses of feeds that the activity service has started. */
const begun: ServerResponse[] = [];

beforeAll(async () => {
  [testRedis, accounts, activity] = await Promise.all([createTestRedis(), playAccounts(), playService()]);
  redis = new Redis(testRedis.url);
  activity.on('GET /v1/activity/live', (_req, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    res.write(': hello\n\n');
    begun.push(res);
  });
  const plan = {
    redisUrl: testRedis.url,
    accountsUrl: accounts.url,
    activityUrl: activity.url,
    settings: { REQUEST_DEADLINE_MS: '500' },
  };
  [gateway, neighbour] = await Promise.all([runGateway(plan), runGateway(plan)]);
});

afterAll(async () => {
  await Promise.all([gateway.close(), neighbour.close()]);
  await Promise.all([accounts.close(), activity.close()]);
  redis.disconnect();
  await testRedis.close();
});

interface Feed {
  status: number;
  headers: IncomingMessage['headers'];
  text: () => string;
  /** Resolves when the feed has received `part`. */
  until: (part: string) => Promise<void>;
  ended: Promise<'ended' | 'broken'>;
  leave: () => void;
}

function openFeed(base: string, { cookie }: Visitor, headers: Record<string, string> = {}): Promise<Feed> {
  return new Promise((resolve, reject) => {
    const req = http.get(`${base}/v1/activity/live`, { agent: false, headers: { cookie, ...headers } }, (res) => {
      let text = '';
      res.setEncoding('utf8');
      res.on('data', (chunk: string) => (text += chunk));
      const ended = new Promise<'ended' | 'broken'>((settle) => {
        res.on('end', () => settle('ended'));
        res.on('error', () => settle('broken'));
      });
      const until = async (part: string): Promise<void> => {
        while (!text.includes(part)) await new Promise((again) => res.once('data', again));
      };
      resolve({
        status: res.statusCode ?? 0,
        headers: res.headers,
        text: () => text,
        until,
        ended,
        leave: () => req.destroy(),
      });
    });
    req.on('error', reject);
  });
}

describe('GET /v1/activity/live', () => {
  it('forwards events at once and without a deadline, and Last-Event-ID to the service', async () => {
    const person = await register(gateway.url);
    const feed = await openFeed(gateway.url, person, { 'last-event-id': 'abc' });
    expect([feed.status, feed.headers['content-type']]).toEqual([200, 'text/event-stream']);
    expect(activity.received.at(-1)?.headers['last-event-id']).toBe('abc');
    await feed.until('hello');
    const startedMs = performance.now();
    while (performance.now() - startedMs < 700) await send(gateway.url, 'GET', '/healthz');
    begun.at(-1)?.write('id: 1\ndata: {}\n\n');
    await feed.until('id: 1\ndata: {}\n\n');
    feed.leave();
  });

  it('ends the request to the service when the client disconnects', async () => {
    const person = await register(gateway.url);
    const feed = await openFeed(gateway.url, person);
    const cancelled = new Promise((resolve) => begun.at(-1)?.once('close', resolve));
    feed.leave();
    await cancelled;
  });

  it('breaks off if the connection to the service breaks off', async () => {
    const feed = await openFeed(gateway.url, await register(gateway.url));
    await feed.until('hello');
    begun.at(-1)?.destroy();
    expect(await feed.ended).toBe('broken');
  });

  it('forwards a refusal, and has a deadline until it begins', async () => {
    const person = await register(gateway.url);
    activity.on('GET /v1/activity/live', (_req, res) => problem(res, 429, 'rate_limited'));
    expect((await person.send('GET', '/v1/activity/live')).json().code).toBe('rate_limited');
    activity.on('GET /v1/activity/live', () => undefined);
    expect((await person.send('GET', '/v1/activity/live')).json().code).toBe('deadline_exceeded');
    activity.on('GET /v1/activity/live', (_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n');
      begun.push(res);
    });
  });

  it('refuses HEAD, because the response would never end', async () => {
    const reply = await (await register(gateway.url)).send('HEAD', '/v1/activity/live');
    expect([reply.status, reply.headers.allow]).toEqual([405, 'GET']);
  });
});

describe('a live feed ends with its session', () => {
  it('when another gateway revokes the session, and no other feed ends', async () => {
    const person = await register(gateway.url);
    const device = visit(neighbour.url);
    await device.send('POST', '/v1/session', { json: { email: person.email, password: thePassword } });
    const [revoked, kept] = [await openFeed(gateway.url, person), await openFeed(gateway.url, device)];
    await Promise.all([revoked.until('hello'), kept.until('hello')]);
    expect((await device.send('DELETE', `/v1/sessions/${person.sessionId}`)).status).toBe(204);
    expect(await revoked.ended).toBe('ended');
    begun.at(-1)?.write('data: still here\n\n');
    await kept.until('still here');
    kept.leave();
  });

  it('when its user signs out, or changes the password on another device', async () => {
    const person = await register(gateway.url);
    const device = visit(gateway.url);
    await device.send('POST', '/v1/session', { json: { email: person.email, password: thePassword } });
    const feed = await openFeed(neighbour.url, device);
    await person.send('PUT', '/v1/users/me/password', {
      json: { currentPassword: thePassword, newPassword: 'another horse battery' },
    });
    await feed.ended;
    const own = await openFeed(neighbour.url, person);
    await person.send('DELETE', '/v1/session');
    await own.ended;
  });

  it('when the session is revoked before the service has responded', async () => {
    const person = await register(gateway.url);
    const device = visit(gateway.url);
    await device.send('POST', '/v1/session', { json: { email: person.email, password: thePassword } });
    const arrived = new Promise<void>((resolve) => activity.on('GET /v1/activity/live', () => resolve()));
    const reply = person.send('GET', '/v1/activity/live');
    await arrived;
    await device.send('DELETE', `/v1/sessions/${person.sessionId}`);
    expect((await reply).json().code).toBe('unauthenticated');
    activity.on('GET /v1/activity/live', (_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n');
      begun.push(res);
    });
  });

  it('when the revocation message was lost, because the subscription was broken', async () => {
    const person = await register(gateway.url);
    const feed = await openFeed(gateway.url, person);
    await feed.until('hello');
    const [, , sid = ''] = /^(mainstay\.sid=)(s%3A)([^.]+)/.exec(person.cookie ?? '')?.slice(1) ?? [];
    await redis.del(`session:${sid}`);
    await redis.client('KILL', 'TYPE', 'PUBSUB');
    await feed.ended;
  });
});

describe('a gateway that shuts down', () => {
  it('ends its feeds and sends the time to reconnect, even to clients that open a feed during the shutdown', async () => {
    const stopping = await runGateway({
      redisUrl: testRedis.url,
      accountsUrl: accounts.url,
      activityUrl: activity.url,
    });
    const person = await register(stopping.url);
    const feed = await openFeed(stopping.url, person);
    await feed.until('hello');
    const cancelled = new Promise((resolve) => begun.at(-1)?.once('close', resolve));
    const opened = begun.length;
    stopping.drain();
    expect(await feed.ended).toBe('ended');
    expect(feed.text()).toMatch(/\n\nretry: \d+\n\n$/);
    await cancelled;
    const late = await openFeed(stopping.url, person);
    expect([late.status, late.headers['content-type']]).toEqual([200, 'text/event-stream; charset=utf-8']);
    expect(await late.ended).toBe('ended');
    expect(late.text()).toMatch(/^retry: \d+\n\n$/);
    expect(begun).toHaveLength(opened);
    await stopping.close();
  });

  it('adds no text to an incomplete event', async () => {
    const stopping = await runGateway({
      redisUrl: testRedis.url,
      accountsUrl: accounts.url,
      activityUrl: activity.url,
    });
    const feed = await openFeed(stopping.url, await register(stopping.url));
    begun.at(-1)?.write('id: 1\ndata: half');
    await feed.until('half');
    stopping.drain();
    expect(await feed.ended).toBe('ended');
    expect(feed.text().endsWith('data: half')).toBe(true);
    await stopping.close();
  });
});
