import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startPlatform, type Platform } from '../platform.js';
import { describeWith } from '../programs.js';
import { overHttp1, overHttp2, type Answer, type Ask } from './client.js';
import { edges, type Edge } from './edges.js';

/** Twice the default. */
const limit = { BODY_BYTES_MAX: '131072' };
const forged = ['203.0.113.1', '203.0.113.2', '203.0.113.3'];
let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ TRUST_PROXY: '127.0.0.1', ...limit });
}, 60_000);
afterAll(() => platform.close());

for (const kind of edges) {
  describeWith(kind.programs, `the platform behind ${kind.name}`, () => {
    let edge: Edge;
    let cookie = '';

    beforeAll(async () => {
      edge = await kind.start([new URL(platform.url).host], limit);
    });
    afterAll(() => edge.close());

    /** Sends a request as one of the platform's own web pages does. */
    async function send(
      method: string,
      path: string,
      body?: object,
      headers: Record<string, string> = {},
    ): Promise<Answer> {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const answer = await overHttp2(edge, {
        method,
        path,
        headers: {
          origin: edge.url,
          cookie,
          ...(text !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(text !== undefined && { body: text }),
      });
      const set = [answer.headers['set-cookie'] ?? []].flat()[0];
      if (set !== undefined) cookie = set.split(';', 1)[0]!;
      return answer;
    }

    it("signs a user in with a cookie that is sent only over TLS, and shows the user's address", async () => {
      const person = { email: `${kind.name}@example.com`, password: 'correct horse battery', displayName: 'Ada' };
      const answer = await send('POST', '/v1/users', person, {
        'x-forwarded-for': forged[0]!,
        forwarded: `for=${forged[0]}`,
      });
      expect(answer.status).toBe(201);
      const cookies = [answer.headers['set-cookie'] ?? []].flat();
      expect(cookies[0]).toMatch(/^__Host-mainstay\.sid=.*; Path=\/; /);
      for (const set of cookies) expect(set).toMatch(/; HttpOnly; Secure; SameSite=Lax$/);
      expect(answer.json.session.ip).toBe('127.0.0.1');
      expect(answer.headers['strict-transport-security']).toBe('max-age=63072000');
    });

    it('refuses requests from pages of another site, and from another port of the same host', async () => {
      for (const origin of ['https://evil.example', 'https://localhost', 'http://localhost']) {
        const { status, json } = await send('POST', '/v1/accounts', { name: 'Mine', currency: 'EUR' }, { origin });
        expect([status, json.code]).toEqual([403, 'cross_site']);
      }
    });

    it('transfers money and reports it in the live feed', async () => {
      const [one, other] = [
        await send('POST', '/v1/accounts', { name: 'One', currency: 'EUR' }),
        await send('POST', '/v1/accounts', { name: 'Other', currency: 'EUR' }),
      ];
      const key = (name: string) => ({ 'idempotency-key': `${kind.name}-${name}` });
      await send('POST', `/v1/accounts/${one.json.id}/deposits`, { amount: 500 }, key('deposit'));
      const feed = https.get(`${edge.url}/v1/activity/live`, {
        ca: await edge.certificate(),
        agent: false,
        headers: { cookie },
      });
      const [events] = (await once(feed, 'response')) as [IncomingMessage];
      expect([events.statusCode, events.headers['x-accel-buffering']]).toEqual([200, undefined]);
      const order = { fromAccountId: one.json.id, toAccountId: other.json.id, amount: 200 };
      const transfer = await send('POST', '/v1/transfers', order, key('transfer'));
      expect(transfer.status).toBe(201);
      let text = '';
      for await (const chunk of events as AsyncIterable<Buffer>) {
        text += chunk.toString();
        if (text.includes(transfer.json.id as string)) break;
      }
      expect(text).toContain('event: transfer.completed');
      // fork:remove statements
      const statement = await send('GET', `/v1/accounts/${one.json.id}/statement?format=csv`);
      expect([statement.status, statement.headers['cache-control']]).toEqual([200, 'no-store']);
      // end of fork:remove statements
    });

    it.each([
      { protocol: 'HTTP/1.1', ask: overHttp1 },
      { protocol: 'HTTP/2', ask: overHttp2 },
    ])(
      'counts every request of one client over $protocol by its real address, whatever the client claims',
      async ({ ask }) => {
        const left: number[] = [];
        for (const address of forged) {
          const { headers } = await ask(edge, {
            path: '/v1/session',
            headers: { 'x-forwarded-for': address, forwarded: `for=${address}`, 'x-real-ip': address },
          });
          left.push(Number(/r=(\d+)/.exec(String(headers.ratelimit))?.[1]));
        }
        expect(left).toEqual([left[0]!, left[0]! - 1, left[0]! - 2]);
      },
    );

    it('refuses headers and bodies that are too large with a problem+json reply', async () => {
      const asks: [number, Ask][] = [
        [431, { path: '/v1/session', headers: { 'x-large': 'x'.repeat(17_000) } }],
        [413, { path: '/v1/session', method: 'POST', body: 'x'.repeat(140_000) }],
      ];
      for (const [status, ask] of asks) {
        for (const speak of [overHttp1, overHttp2]) {
          const { headers, json, ...answer } = await speak(edge, ask);
          expect([answer.status, headers['content-type'], json.code]).toEqual([
            status,
            'application/problem+json',
            'too_large',
          ]);
        }
      }
      const chunked = await overHttp1(edge, {
        path: '/v1/session',
        method: 'POST',
        headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
        body: 'x'.repeat(140_000),
      });
      expect([chunked.status, chunked.json.code]).toEqual([413, 'too_large']);
    });

    it('passes on a body of the size that BODY_BYTES_MAX allows', async () => {
      const name = 'x'.repeat(100_000);
      const reply = await send('POST', '/v1/accounts', { name, currency: 'EUR' });
      const [refusal] = (reply.json.errors ?? []) as { path: string; message: string }[];
      expect([reply.status, refusal]).toEqual([400, { path: 'name', message: 'must have at most 80 characters' }]);
    });

    it('serves documentation and health', async () => {
      expect((await overHttp2(edge, { path: '/docs' })).status).toBe(200);
      expect((await overHttp2(edge, { path: '/openapi.json' })).json.openapi).toMatch(/^3\.1/);
      expect((await overHttp2(edge, { path: '/healthz' })).status).toBe(200);
    });

    // fork:remove web
    it('serves pages with the security headers of the gateway', async () => {
      const docs = await overHttp2(edge, { path: '/docs', headers: { 'accept-encoding': 'gzip' } });
      const page = await overHttp2(edge, { path: '/' });
      expect([docs.status, page.status]).toEqual([200, 200]);
      const safety = Object.entries(page.headers).filter(([name]) =>
        /^(content-security|cross-origin|origin-agent|referrer|x-(?!request-id))/.test(name),
      );
      expect(safety.length).toBeGreaterThan(9);
      for (const [name, value] of safety) expect([name, docs.headers[name]]).toEqual([name, value]);
    });
    // end of fork:remove web
  });
}
