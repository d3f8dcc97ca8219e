import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { startPlatform, type Platform } from '../platform.js';
import { describeInBrowser, openBrowser } from './browser.js';

// A browser on a busy machine is slow. No assertion depends on a duration.
jest.setTimeout(90_000);

const password = 'correct horse battery staple';
const makeCertificate = fileURLToPath(new URL('../../docker/edge/make-certificate.sh', import.meta.url));

/** A page's request to the platform. The answer is `refused` if the browser hides the reply from the page. */
interface Call {
  method?: string;
  path: string;
  json?: unknown;
  headers?: Record<string, string>;
  mode?: 'no-cors';
}
interface Answer {
  status: number | 'refused';
  location?: string | null;
  body?: { user?: { email: string }; session?: { id: string }; id?: string };
}

describeInBrowser('a page on another origin', () => {
  let folder: string;
  let front: Server;
  let platform: Platform;
  let browser: Browser;
  let origin: (host: string) => string;
  let listed: Page;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cross-origin-'));
    front = await openFront(folder, () => platform.url);
    const { port } = front.address() as AddressInfo;
    origin = (host) => `https://${host}:${port}`;
    platform = await startPlatform({
      PUBLIC_URL: origin('api.example.com'),
      PUBLIC_ORIGINS: origin('app.example.com'),
      TRUST_PROXY: '1',
      DEMO_DEPOSITS: 'true',
    });
    browser = await openBrowser(['--host-resolver-rules=MAP * 127.0.0.1']);
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    listed = await context.newPage();
    await listed.goto(origin('app.example.com'));
  });

  afterAll(async () => {
    await browser?.close();
    await platform?.close();
    front?.close();
    front?.closeAllConnections();
    await rm(folder, { recursive: true, force: true });
  });

  function call(page: Page, { path, ...options }: Call): Promise<Answer> {
    return page.evaluate(
      async ({ url, method = 'GET', json, headers = {}, mode }) => {
        const type: Record<string, string> = json === undefined ? {} : { 'content-type': 'application/json' };
        try {
          const reply = await fetch(url, {
            method,
            credentials: 'include',
            headers: { ...type, ...headers },
            body: json === undefined ? null : JSON.stringify(json),
            ...(mode === undefined ? {} : { mode }),
          });
          const text = await reply.text();
          const location = reply.headers.get('location');
          return { status: reply.status, location, body: text === '' ? {} : (JSON.parse(text) as Answer['body'] & {}) };
        } catch {
          return { status: 'refused' as const };
        }
      },
      { url: `${origin('api.example.com')}${path}`, ...options },
    );
  }

  async function accounts(): Promise<unknown[]> {
    const { body } = await call(listed, { path: '/v1/accounts' });
    return (body as unknown as { items: unknown[] }).items;
  }

  it('that is listed can register, sign in, write after a preflight, and read replies and the live feed', async () => {
    const person = { email: 'ada@example.com', password, displayName: 'Ada' };
    expect((await call(listed, { method: 'POST', path: '/v1/users', json: person })).status).toBe(201);
    expect((await call(listed, { method: 'DELETE', path: '/v1/session' })).status).toBe(204);
    expect((await call(listed, { path: '/v1/session' })).status).toBe(401);
    const { email } = person;
    const signIn = await call(listed, { method: 'POST', path: '/v1/session', json: { email, password } });
    expect([signIn.status, signIn.body?.user?.email]).toEqual([201, email]);

    const account = { name: 'Everyday', currency: 'EUR' };
    const opened = await call(listed, { method: 'POST', path: '/v1/accounts', json: account });
    expect([opened.status, opened.location]).toEqual([201, `/v1/accounts/${opened.body?.id}`]);
    const headers = { 'idempotency-key': 'a key', 'expected-session': signIn.body?.session?.id ?? '' };
    const path = `/v1/accounts/${opened.body?.id}/deposits`;
    expect((await call(listed, { method: 'POST', path, json: { amount: 1_000 }, headers })).status).toBe(201);
    const feed = listed.evaluate(
      (url) =>
        new Promise((resolve, reject) => {
          const source = new EventSource(url, { withCredentials: true });
          source.onopen = () => resolve('open');
          source.onerror = () => reject(new Error('the feed failed'));
        }),
      `${origin('api.example.com')}/v1/activity/live`,
    );
    expect(await feed).toBe('open');
    const cookies = await listed.context().cookies(origin('api.example.com'));
    const cookie = cookies.find(({ name }) => name === '__Host-mainstay.sid');
    expect(cookie).toMatchObject({ sameSite: 'Lax', secure: true, httpOnly: true });
  });

  it.each(['neighbour.example.com', 'elsewhere.test'])(
    'that is not listed (%s) neither reads nor changes anything in the same browser',
    async (host) => {
      const before = await accounts();
      const page = await listed.context().newPage();
      await page.goto(origin(host));
      const json = { name: 'Theirs', currency: 'EUR' };
      expect(await call(page, { path: '/v1/session' })).toEqual({ status: 'refused' });
      expect(await call(page, { method: 'POST', path: '/v1/accounts', json })).toEqual({ status: 'refused' });
      // The browser sends these two requests without a preflight. If the page is of the same site, the browser adds
      // the cookie.
      await call(page, {
        method: 'POST',
        path: '/v1/accounts',
        headers: { 'content-type': 'text/plain' },
        mode: 'no-cors',
      });
      await call(page, { method: 'POST', path: '/v1/accounts', mode: 'no-cors' });
      await page.close();
      expect(await accounts()).toEqual(before);
    },
  );

  it('that is not listed cannot sign the user out by a form', async () => {
    const page = await listed.context().newPage();
    await page.goto(origin('neighbour.example.com'));
    const replied = page.waitForResponse(`${origin('api.example.com')}/v1/session`);
    const action = `${origin('api.example.com')}/v1/session`;
    await page.setContent(`<form method="POST" action="${action}"><button>Go</button></form>`);
    await page.getByRole('button').click();
    expect((await replied).status()).toBe(403);
    await page.close();
    expect((await call(listed, { path: '/v1/session' })).status).toBe(200);
  });
});

/** Requests for api.example.com go to the platform. All other hosts return an empty page. */
async function openFront(folder: string, target: () => string): Promise<Server> {
  const certificate = join(folder, 'tls.crt');
  execFileSync(makeCertificate, [certificate, '*.example.com', 'elsewhere.test'], { stdio: 'ignore' });
  const tls = { cert: readFileSync(certificate), key: readFileSync(join(folder, 'tls.key')) };
  const server = createServer(tls, (req, res) => {
    if (!req.headers.host?.startsWith('api.')) {
      res.setHeader('content-type', 'text/html');
      return void res.end('<!doctype html><title>A page</title>');
    }
    const headers = { ...req.headers, 'x-forwarded-proto': 'https', 'x-forwarded-for': '127.0.0.1' };
    const onward = request(`${target()}${req.url}`, { method: req.method, headers }, (reply) => {
      res.writeHead(reply.statusCode ?? 502, reply.rawHeaders);
      reply.pipe(res);
    });
    onward.on('error', () => res.destroy());
    req.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
