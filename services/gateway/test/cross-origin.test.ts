import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runGatewayAndAccounts, type GatewayAndAccounts } from './gateway-and-accounts.js';
import { register, safetyHeaders, send, type Visitor } from './http-client.js';
import { runGateway } from './running-gateway.js';

const app = 'https://app.example.com';
const settings = { PUBLIC_URL: 'https://api.example.com', PUBLIC_ORIGINS: `${app},https://admin.example.com` };
/** The headers that a browser sends with a request from a web page of this origin. */
const fromPage = (origin: string, site = 'same-site') => ({ origin, 'sec-fetch-site': site });

let platform: GatewayAndAccounts;
let person: Visitor;

beforeAll(async () => {
  platform = await runGatewayAndAccounts({ settings });
  person = await register(platform.gateway.url);
});

afterAll(() => platform.close());

describe('a web page of a listed origin', () => {
  it('sends requests with the session cookie, and reads every response', async () => {
    const headers = fromPage(app);
    const open = await person.send('POST', '/v1/accounts', { json: {}, headers });
    const missing = await person.send('GET', '/v1/nowhere', { headers });
    const unsigned = await send(platform.gateway.url, 'GET', '/v1/session', { headers });
    expect([open.status, missing.status, unsigned.status]).toEqual([200, 404, 401]);
    for (const { headers } of [open, missing, unsigned]) {
      expect(headers).toMatchObject({
        'access-control-allow-origin': app,
        'access-control-allow-credentials': 'true',
        'access-control-expose-headers': expect.stringMatching(/location.*retry-after.*x-request-id/),
        vary: expect.stringContaining('Origin'),
      });
    }
  });

  it('sends a preflight first, which does not count for the rate limit', async () => {
    const headers = {
      ...fromPage(app),
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,idempotency-key,expected-session',
    };
    const reply = await send(platform.gateway.url, 'OPTIONS', '/v1/transfers', { headers });
    expect([reply.status, reply.text]).toEqual([204, '']);
    expect(reply.headers).toMatchObject({
      ...(await safetyHeaders(platform.gateway.url)),
      'access-control-allow-origin': app,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'GET,HEAD,POST,PUT,DELETE',
      'access-control-allow-headers': expect.stringMatching(/content-type.*expected-session.*idempotency-key/),
      'access-control-max-age': '7200',
    });
    expect(reply.headers.ratelimit).toBeUndefined();
  });
});

describe('a web page of any other origin', () => {
  it.each([
    ['of the same site', fromPage('https://neighbour.example.com')],
    ['of another site', fromPage('https://evil.example', 'cross-site')],
    ['of another scheme', fromPage('http://app.example.com', 'cross-site')],
    ['that starts with a listed origin', fromPage('https://app.example.com.evil.example', 'cross-site')],
    ['that is null', fromPage('null', 'cross-site')],
  ])('%s cannot change anything and cannot read responses', async (_what, headers) => {
    const refused = await person.send('POST', '/v1/accounts', { json: {}, headers });
    expect([refused.status, refused.json().code]).toEqual([403, 'cross_site']);
    const preflight = { ...headers, 'access-control-request-method': 'POST' };
    const replies = [
      refused,
      await person.send('GET', '/v1/session', { headers }),
      await send(platform.gateway.url, 'OPTIONS', '/v1/transfers', { headers: preflight }),
    ];
    for (const { headers } of replies) {
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
      expect(headers.vary).toContain('Origin');
    }
    expect(replies.at(-1)?.status).toBe(405);
  });
});

describe('PUBLIC_ORIGINS', () => {
  it.each([
    ['https://app.example.com,https://elsewhere.test', '', 'on one site'],
    ['https://elsewhere.test', 'https://api.example.com', 'on one site, the site of PUBLIC_URL'],
    ['http://app.example.com', 'https://api.example.com', 'on one site'],
    ['https://one.github.io,https://two.github.io', '', 'on one site'],
    ['*', '', 'must name origins'],
    ['https://app.example.com/path', '', 'must name origins'],
  ])('%s with PUBLIC_URL=%s fails at start', async (PUBLIC_ORIGINS, PUBLIC_URL, why) => {
    const { redisUrl } = platform;
    const started = runGateway({ redisUrl, settings: { PUBLIC_ORIGINS, PUBLIC_URL } });
    await expect(started).rejects.toThrow(`PUBLIC_ORIGINS must`);
    await expect(started).rejects.toThrow(why);
  });

  it('may contain localhost with different ports', async () => {
    const { redisUrl } = platform;
    const gateway = await runGateway({
      redisUrl,
      settings: { PUBLIC_ORIGINS: 'http://localhost:5173,http://localhost:3000' },
    });
    await gateway.close();
  });
});
