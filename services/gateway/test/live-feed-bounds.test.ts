import http, { type ClientRequest } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@mainstay/platform/testing/eventually';
import { runGatewayAndAccounts, type GatewayAndAccounts } from './gateway-and-accounts.js';
import { register, type Visitor } from './http-client.js';
import { playService, type PlayingService } from './playing-service.js';
import { runGateway, type RunningGateway } from './running-gateway.js';

let activity: PlayingService;
let platform: GatewayAndAccounts;
let gateway: RunningGateway;
let people: Visitor[];
const clients: ClientRequest[] = [];
/** Each function starts one response of the activity service. */
const opening: (() => void)[] = [];

const settings = {
  LIVE_FEEDS_MAX: '150',
  LIVE_FEEDS_ADDRESS_MAX: '100',
  TRUST_PROXY: '1',
  OVERLOAD_CONCURRENCY_MIN: '4',
  OVERLOAD_CONCURRENCY_MAX: '4',
};

beforeAll(async () => {
  activity = await playService();
  platform = await runGatewayAndAccounts();
  activity.onHead('GET /v1/activity/live', (_req, res) => {
    opening.push(() => res.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n'));
  });
  people = [];
  for (let count = 0; count < 3; count += 1) people.push(await register(platform.gateway.url));
});

beforeEach(async () => {
  gateway = await runGateway({ redisUrl: platform.redisUrl, activityUrl: activity.url, settings });
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await gateway.close();
});

afterAll(async () => {
  await platform.close();
  await activity.close();
});

/** Resolves with the status when the response has begun. */
function openFeed(address: string, { cookie = '' } = people[clients.length % people.length]!): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { cookie, 'x-forwarded-for': address };
    const request = http.get(`${gateway.url}/v1/activity/live`, { agent: false, headers }, (res) => {
      res.resume().on('error', () => undefined);
      resolve(res.statusCode ?? 0);
    });
    clients.push(request.on('error', reject));
  });
}

async function answerAll(statuses: Promise<unknown>): Promise<number> {
  let most = 0;
  let isDone = false;
  void statuses.finally(() => (isDone = true));
  await until(() => {
    most = Math.max(most, opening.length);
    for (const answer of opening.splice(0)) answer();
    return isDone;
  });
  return most;
}

describe('live feeds', () => {
  it('that arrive in a burst are opened in small groups, and no feed is refused', async () => {
    const statuses = Promise.all(Array.from({ length: 100 }, () => openFeed('203.0.113.1')));
    const most = await answerAll(statuses);
    expect(new Set(await statuses)).toEqual(new Set([200]));
    expect(most).toBeLessThanOrEqual(16);
  });

  it('from one address are limited over all users, so that other addresses can open feeds', async () => {
    const full = Promise.all([
      ...Array.from({ length: 50 }, (_, at) => openFeed(`[2001:db8:0:ab${String(at).padStart(2, '0')}::1]:443`)),
      ...Array.from({ length: 50 }, () => openFeed('2001:db8:0:ab00::1')),
    ]);
    await answerAll(full);
    expect(new Set(await full)).toEqual(new Set([200]));
    expect(await openFeed('2001:db8:0:abff::1')).toBe(429);
    const other = openFeed('203.0.113.1');
    await answerAll(other);
    expect(await other).toBe(200);
  });

  it('of all addresses together are limited', async () => {
    const full = Promise.all(Array.from({ length: 150 }, (_, at) => openFeed(`203.0.113.${at}`)));
    await answerAll(full);
    expect(await openFeed('203.0.113.200')).toBe(503);
  });
});
