import https from 'node:https';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeWith } from '../programs.js';
import { inTheClear, overHttp1, overHttp2 } from './client.js';
import { edges, type Edge } from './edges.js';
import { startFakeGateways, type FakeGateways } from './fake-gateway.js';

for (const kind of edges) {
  describeWith(kind.programs, `a refusal by ${kind.name}`, () => {
    let gateways: FakeGateways;
    let edge: Edge;

    beforeAll(async () => {
      gateways = await startFakeGateways(1);
      edge = await kind.start(gateways.addresses, {
        EDGE_TRUSTED_PROXIES: '127.0.0.0/8',
        EDGE_ADDRESS_REQUESTS_MAX: '1',
        EDGE_KEEP_ALIVE_S: '1',
      });
    });
    afterAll(async () => {
      gateways.release();
      await edge.close();
      await gateways.close();
    });

    it('replaces the redirect for an API request without TLS, because an attacker could already have read the request', async () => {
      const { status, headers, json } = await inTheClear(edge, '/v1/session?a=b');
      expect([status, headers['content-type'], headers.location]).toEqual([400, 'application/problem+json', undefined]);
      expect(json).toMatchObject({ code: 'invalid_request', detail: expect.stringContaining('HTTPS') });
      expect(json.requestId).toBe(headers['x-request-id']);
      expect(gateways.arrivals).toEqual([]);
    });

    it('has the security headers of every other reply', async () => {
      const page = await overHttp2(edge, { path: '/' });
      const safety = Object.entries(page.headers).filter(([name]) =>
        /^(cross-origin|origin-agent|referrer|x-(?!request-id))/.test(name),
      );
      expect(safety.length).toBeGreaterThan(8);
      for (const refused of [
        await overHttp2(edge, { path: '/nowhere' }),
        await overHttp1(edge, { path: '/%2e%2e/x' }),
        await inTheClear(edge, '/v1/session'),
      ]) {
        expect(refused.status).toBeGreaterThanOrEqual(400);
        expect(refused.headers).toMatchObject(Object.fromEntries(safety));
        expect(refused.headers['content-security-policy']).toMatch(/^default-src 'none'/);
      }
    });

    it('closes a connection that was unused for EDGE_KEEP_ALIVE_S', async () => {
      const agent = new https.Agent({ ca: await edge.certificate(), keepAlive: true });
      await overHttp1(edge, { path: '/', agent });
      const [[idle] = []] = Object.values(agent.freeSockets);
      await new Promise((resolve) => idle?.once('close', resolve));
      agent.destroy();
    });

    it.each([
      ['an IPv4 address, whatever its port', '203.0.113.77:50001', '203.0.113.77:50002', '203.0.113.78'],
      ['a /56 of IPv6', '[2001:db8:0:ab01::1]:443', '2001:db8:0:abff:1::9', '2001:db8:0:ac01::1'],
    ])('is the response beyond the limit of %s', async (_what, first, same, other) => {
      const feed = https.get(`${edge.url}/v1/activity/live`, {
        ca: await edge.certificate(),
        agent: false,
        headers: { 'x-forwarded-for': first },
      });
      await new Promise((resolve, reject) => {
        feed.on('error', reject).on('response', (res) => res.once('data', resolve));
      });
      const statusFrom = async (address: string) =>
        (await overHttp1(edge, { path: '/v1/echo', headers: { 'x-forwarded-for': address } })).status;
      expect([await statusFrom(same), await statusFrom(other), await statusFrom('unknown')]).toEqual([429, 200, 200]);
      feed.destroy();
    });
  });
}
