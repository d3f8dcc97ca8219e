import https from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '@mainstay/platform/testing';
import { describeWith } from '../programs.js';
import { expectProblem, inTheClear, overHttp1, overHttp2 } from './client.js';
import { edges, type Edge } from './edges.js';
import { startFakeGateways, type FakeGateways } from './fake-gateway.js';

const protocols = [
  { protocol: 'HTTP/1.1', ask: overHttp1 },
  { protocol: 'HTTP/2', ask: overHttp2 },
] as const;

for (const kind of edges) {
  describeWith(kind.programs, `${kind.name} in front of gateways that fail`, () => {
    let gateways: FakeGateways;
    let edge: Edge;

    beforeAll(async () => {
      gateways = await startFakeGateways(3);
      // No server listens on the additional address.
      edge = await kind.start([...gateways.addresses, `127.0.0.1:${await freePort()}`]);
    });
    afterAll(async () => {
      gateways.release();
      await edge.close();
      await gateways.close();
    });

    const arrivalsAt = (path: string) => gateways.arrivals.filter((arrival) => arrival.path === path);

    it('redirects a client without TLS to the same path with TLS', async () => {
      const answer = await inTheClear(edge, '/accounts/a%20b?c=d&e');
      expect([answer.status, answer.headers.location]).toEqual([308, `${edge.url}/accounts/a%20b?c=d&e`]);
      expect(answer.headers).not.toHaveProperty('strict-transport-security');
    });

    describe.each(protocols)('over $protocol', ({ protocol, ask }) => {
      it('sends strict-transport-security and x-request-id once, whichever server responds', async () => {
        for (const path of ['/v1/echo', '/', '/nowhere', '/v1/dies']) {
          const { headers } = await ask(edge, {
            method: path === '/v1/dies' ? 'POST' : 'GET',
            path,
            headers: { 'x-request-id': 'mine-1' },
          });
          expect([path, headers['strict-transport-security'], headers['x-request-id']]).toEqual([
            path,
            'max-age=63072000',
            'mine-1',
          ]);
        }
      });

      it('tells the gateway the real address of the client, whatever the client claims', async () => {
        const forged = '203.0.113.9';
        const { json } = await ask(edge, {
          path: '/v1/echo',
          headers: {
            'x-forwarded-for': forged,
            'x-forwarded-proto': 'gopher',
            'x-forwarded-host': 'evil.example',
            'x-forwarded-port': '1',
            'x-real-ip': forged,
            forwarded: `for=${forged};host=evil.example`,
            x_forwarded_for: forged,
            'x-request-id': 'too long '.repeat(20),
            proxy: 'http://evil.example',
          },
        });
        const { host } = new URL(edge.url);
        expect(json.headers).toMatchObject({
          host,
          'x-forwarded-for': '127.0.0.1',
          'x-forwarded-proto': 'https',
          'x-forwarded-host': host,
          'x-real-ip': '127.0.0.1',
          forwarded: `for=127.0.0.1;host="${host}";proto=https`,
        });
        expect(JSON.stringify(json.headers)).not.toMatch(/203\.0\.113|evil|gopher|too long/);
        expect(json.headers['x-request-id']).toMatch(/^[\w-]{32,36}$/);
      });

      it.each(['GET', 'HEAD'])('sends a %s again if the connection breaks', async (method) => {
        const path = `/v1/dies-once/${protocol}/${method}`;
        expect((await ask(edge, { method, path })).status).toBe(200);
        expect(arrivalsAt(path)).toHaveLength(2);
      });

      it.each(['POST', 'PUT', 'PATCH', 'DELETE'])(
        'sends a %s once, and responds with 503 if the connection breaks',
        async (method) => {
          const path = `/v1/dies-once/${protocol}/${method}`;
          const answer = await ask(edge, { method, path, body: '{}' });
          expectProblem(answer, 503, 'unavailable');
          expect(answer.headers['retry-after']).toBe('1');
          expect(arrivalsAt(path)).toHaveLength(1);
        },
      );

      it('sends a request of any method to another gateway if no byte of it was sent', async () => {
        for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
          // Send one request per gateway, so that the edge tries each gateway.
          for (let turn = 0; turn < 4; turn += 1) {
            const path = `/v1/turn/${protocol}/${method}/${turn}`;
            expect((await ask(edge, { method, path, body: '{}' })).status).toBe(200);
            expect(arrivalsAt(path)).toHaveLength(1);
          }
        }
      });

      it('refuses a body that is too large', async () => {
        const body = Buffer.alloc(65_537, 'x');
        expectProblem(await ask(edge, { method: 'POST', path: '/v1/echo', body }), 413, 'too_large');
        expect((await ask(edge, { method: 'POST', path: '/v1/echo', body: body.subarray(1) })).status).toBe(200);
      });

      it('responds with 404 to metrics, internal paths and unknown paths', async () => {
        for (const path of ['/metrics', '/internal/users', '/nowhere', '/assets/', '/v1', '/readyz']) {
          expectProblem(await ask(edge, { path }), 404, 'not_found');
          expect(arrivalsAt(path)).toEqual([]);
        }
      });
    });

    it('sends a GET a fourth time if three connections break', async () => {
      // nginx skips a gateway after five failures, so use an edge without earlier failures.
      const fresh = await kind.start(gateways.addresses);
      const answer = await overHttp1(fresh, { path: '/v1/dies-3-times' });
      await fresh.close();
      expect(answer.status).toBe(200);
      expect(arrivalsAt('/v1/dies-3-times')).toHaveLength(4);
    });

    it('passes events on without buffering', async () => {
      const request = https.get(`${edge.url}/v1/activity/live`, { ca: await edge.certificate(), agent: false });
      const first = await new Promise<string>((resolve, reject) => {
        request
          .on('error', reject)
          .on('response', (res) => res.once('data', (chunk: Buffer) => resolve(chunk.toString())));
      });
      expect(first).toBe('event: first\ndata: {}\n\n');
      request.destroy();
    });

    it.each([
      { who: 'a CDN', speaks: 'header' },
      { who: 'a load balancer', speaks: 'proxy-protocol' },
    ])('takes the address of the client from the $speaks of $who in front of the edge', async ({ speaks }) => {
      const trusting = await kind.start(gateways.addresses, {
        EDGE_TRUSTED_PROXIES: '192.0.2.0/24 127.0.0.0/8',
        EDGE_TRUSTED_PROXIES_SPEAK: speaks,
      });
      const introduction = speaks === 'header' ? '' : 'PROXY TCP4 198.51.100.7 127.0.0.1 5000 443\r\n';
      const headers = { 'x-forwarded-for': speaks === 'header' ? '203.0.113.9, 198.51.100.7' : '203.0.113.9' };
      const { json } = await overHttp1(trusting, { path: '/v1/echo', headers, introduction });
      expect(json.headers).toMatchObject({ 'x-forwarded-for': '198.51.100.7', 'x-real-ip': '198.51.100.7' });
      expect(json.headers.forwarded).toMatch(/^for=198\.51\.100\.7;/);
      await trusting.close();
    });

    it('responds with 503 and Retry-After while no gateway responds', async () => {
      const alone = await kind.start([`127.0.0.1:${await freePort()}`]);
      for (const method of ['GET', 'POST']) {
        const answer = await overHttp2(alone, { method, path: '/v1/echo' });
        expectProblem(answer, 503, 'unavailable');
        expect(answer.headers['retry-after']).toBe('1');
      }
      await alone.close();
    });
  });
}
