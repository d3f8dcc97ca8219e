import { problemReply } from '@mainstay/errors';
import { describe, expect, it } from '@jest/globals';
import express from 'express';
import request from 'supertest';
import { crossSiteCheck, type CrossSiteOptions } from './cross-site-check.js';

interface Sent {
  method?: 'get' | 'head' | 'options' | 'post' | 'put' | 'patch' | 'delete';
  headers?: Record<string, string>;
}

async function statusOf({ method = 'post', headers = {} }: Sent, options?: CrossSiteOptions, trustProxy = false) {
  const app = express();
  app.set('trust proxy', trustProxy ? 'loopback' : false);
  app.use(crossSiteCheck(options), (_req, res) => void res.status(200).end());
  app.use(problemReply({ requestId: () => 'test', report: () => undefined }));
  const client = request(app);
  const { status } = await client[method]('/').set({ host: 'shop.example', ...headers });
  return status;
}

describe('an unsafe request', () => {
  it.each<[string, Record<string, string>, number]>([
    ['that no browser sent', {}, 200],
    ['of the same origin', { 'sec-fetch-site': 'same-origin' }, 200],
    ['that the user caused in the address bar', { 'sec-fetch-site': 'none' }, 200],
    ['of another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['of another origin of the site', { 'sec-fetch-site': 'same-site' }, 403],
    ['of an unknown kind', { 'sec-fetch-site': 'elsewhere' }, 403],
    [
      'whose Sec-Fetch-Site names another site, although its Origin is right',
      { 'sec-fetch-site': 'cross-site', origin: 'http://shop.example' },
      403,
    ],
    ['of the host that gets the request', { origin: 'http://shop.example' }, 200],
    ['of its host with the default port', { host: 'shop.example:80', origin: 'http://shop.example' }, 200],
    ['of another host', { origin: 'http://evil.example' }, 403],
    ['of another scheme', { origin: 'https://shop.example' }, 403],
    ['of another port', { origin: 'http://shop.example:8080' }, 403],
    ['of a host whose name begins with the same text', { origin: 'http://shop.example.evil.example' }, 403],
    ['of the origin null (a sandboxed frame)', { origin: 'null' }, 403],
    ['of an empty origin', { origin: '' }, 403],
    ['that is not an origin', { origin: 'http://shop.example/path' }, 403],
  ])('%s is checked', async (_what, headers, expected) => {
    expect(await statusOf({ headers })).toBe(expected);
  });

  it.each(['post', 'put', 'patch', 'delete'] as const)('from another site is refused: %s', async (method) => {
    expect(await statusOf({ method, headers: { 'sec-fetch-site': 'cross-site' } })).toBe(403);
  });
});

describe('a safe request', () => {
  it.each(['get', 'head', 'options'] as const)('passes from anywhere: %s', async (method) => {
    expect(await statusOf({ method, headers: { 'sec-fetch-site': 'cross-site', origin: 'null' } })).toBe(200);
  });
});

describe('behind a proxy', () => {
  const headers = {
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'public.example',
    origin: 'https://public.example',
  };

  it('compares with the scheme and host that the client used, if the proxy is trusted', async () => {
    expect(await statusOf({ headers }, {}, true)).toBe(200);
    expect(await statusOf({ headers: { ...headers, origin: 'http://shop.example' } }, {}, true)).toBe(403);
  });

  it('ignores a proxy that is not trusted', async () => {
    expect(await statusOf({ headers })).toBe(403);
  });
});

describe('publicOrigins', () => {
  const options = { publicOrigins: ['https://Shop.example:443/', 'http://localhost:5173'] };

  it('are the only origins that pass', async () => {
    for (const origin of ['https://shop.example', 'http://localhost:5173']) {
      expect(await statusOf({ headers: { origin } }, options)).toBe(200);
    }
    for (const origin of ['http://shop.example', 'http://localhost', 'null']) {
      expect(await statusOf({ headers: { origin } }, options)).toBe(403);
    }
  });

  it('pass if the browser reports the same site, and fail if it reports another site', async () => {
    const origin = 'https://shop.example';
    const from = (site: string, more = origin) =>
      statusOf({ headers: { 'sec-fetch-site': site, origin: more } }, options);
    expect([await from('same-site'), await from('cross-site')]).toEqual([200, 403]);
    expect(await from('same-site', 'https://neighbour.example')).toBe(403);
    expect(await statusOf({ headers: { 'sec-fetch-site': 'same-site' } }, options)).toBe(403);
  });

  it('are refused at start if one is not an origin', () => {
    for (const entry of ['shop.example', 'https://shop.example/app', 'null', '*', 'file:///']) {
      expect(() => crossSiteCheck({ publicOrigins: [entry] })).toThrow(`"${entry}" is not an origin`);
    }
  });
});
