import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { createTestRedis, type TestRedis } from '@mainstay/platform/testing';
import { webRoutes } from '../src/web/web-routes.js';
import { send } from './http-client.js';
import { runGateway, type RunningGateway } from './running-gateway.js';

const page = '<!doctype html><title>Mainstay</title>';
const script = 'console.log("Mainstay")';

let testRedis: TestRedis;
let gateway: RunningGateway;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'mainstay-web-'));
  await mkdir(path.join(directory, 'assets'));
  const files: Record<string, string | Buffer> = {
    'index.html': page,
    'pages.json': '["/", "/sign-in", "/accounts/:accountId"]',
    'favicon.svg': '<svg/>',
    'assets/index-abc123.js': script,
    'assets/index-abc123.js.br': brotliCompressSync(script),
    'assets/index-abc123.js.gz': gzipSync(script),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(directory, name), text);
  testRedis = await createTestRedis();
  gateway = await runGateway({
    redisUrl: testRedis.url,
    settings: { WEB_DIRECTORY: directory, RATE_LIMIT_ANONYMOUS_MAX: '1' },
  });
});

afterAll(async () => {
  await gateway.close();
  await testRedis.close();
  await rm(directory, { recursive: true });
});

const get = (url: string, headers: Record<string, string> = {}) =>
  send(gateway.url, 'GET', url, { headers: { accept: 'text/html,*/*;q=0.8', ...headers } });

describe('the web interface', () => {
  it('is available at its own paths, with a strict content security policy and without a rate limit', async () => {
    for (const url of ['/', '/sign-in', '/accounts/019a3c1e-0b9c-7b60-8ac2-0a4bb0f0d1ab']) {
      const reply = await get(url);
      expect([url, reply.status, reply.text]).toEqual([url, 200, page]);
      expect(reply.headers['content-type']).toBe('text/html; charset=utf-8');
      expect(reply.headers['cache-control']).toBe('no-cache');
      expect(reply.headers['content-security-policy']).toContain("default-src 'self'");
      expect(reply.headers['content-security-policy']).not.toContain('unsafe-inline');
    }
  });

  it('lets a worker script call the API', async () => {
    const { headers } = await get('/assets/index-abc123.js');
    expect(headers['content-security-policy']).toContain("default-src 'self'");
  });

  it('is not available at other paths, or to a client that does not accept HTML', async () => {
    for (const url of [
      '/nowhere',
      '/v1',
      '/v1/nothing',
      '/metrics',
      '/assets/',
      '/assets/../index.html',
      '/pages.json',
      '/accounts/a/b',
    ]) {
      const reply = await get(url);
      expect([url, reply.headers['content-type']]).toEqual([url, 'application/problem+json']);
      expect([400, 404, 429]).toContain(reply.status);
    }
    const data = await send(gateway.url, 'GET', '/sign-in', { headers: { accept: 'application/json' } });
    expect([data.status, data.json().code]).toEqual([404, 'not_found']);
    const post = await send(gateway.url, 'POST', '/sign-in');
    expect([post.status, post.headers.allow]).toEqual([405, 'GET, HEAD']);
  });

  it('has files that browsers cache forever if the name contains a hash', async () => {
    const [asset, icon] = [await get('/assets/index-abc123.js'), await get('/favicon.svg')];
    expect(asset.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(icon.headers['cache-control']).toBe('no-cache');
    const again = await get('/favicon.svg', { 'if-none-match': icon.headers.etag! });
    expect([again.status, again.text]).toEqual([304, '']);
  });

  it('sends the compressed file with the best encoding that the client accepts', async () => {
    const encodingOf = async (accepted: string) =>
      (await get('/assets/index-abc123.js', { 'accept-encoding': accepted })).headers['content-encoding'];
    expect(await encodingOf('gzip, deflate, br')).toBe('br');
    expect(await encodingOf('gzip')).toBe('gzip');
    expect(await encodingOf('br;q=0, gzip;q=0.5')).toBe('gzip');
    expect(await encodingOf('identity')).toBeUndefined();
    expect((await get('/assets/index-abc123.js')).text).toBe(script);
  });

  it('fails at start if the folder contains no build', () => {
    expect(() => webRoutes(path.join(directory, 'assets'))).toThrow('does not contain a built web interface');
  });
});
