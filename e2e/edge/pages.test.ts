import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeWith } from '../programs.js';
import { expectProblem, overHttp2 } from './client.js';
import { edges, type Edge } from './edges.js';
import { startFakeGateways, type FakeGateways } from './fake-gateway.js';

const pagesPolicy =
  "default-src 'self';img-src 'self' data:;object-src 'none';base-uri 'none';form-action 'self';frame-ancestors 'none'";

for (const kind of edges) {
  describeWith(kind.programs, `the web interface behind ${kind.name}`, () => {
    let gateways: FakeGateways;
    let edge: Edge;

    beforeAll(async () => {
      gateways = await startFakeGateways(1);
      edge = await kind.start(gateways.addresses);
    });
    afterAll(async () => {
      gateways.release();
      await edge.close();
      await gateways.close();
    });

    it('serves files so that a CDN may keep immutable files and must revalidate all others', async () => {
      const page = await overHttp2(edge, { path: '/' });
      expect(page.status).toBe(200);
      expect(page.headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-cache',
        'content-security-policy': pagesPolicy,
        'x-content-type-options': 'nosniff',
        vary: 'Accept-Encoding',
      });
      expect(page.text).toContain('href="/docs"');
      expect(page.text).not.toMatch(/<style|<script(?![^>]* src=)|style=|\son\w+=|https?:\/\//);
      const etag = String(page.headers.etag);
      expect((await overHttp2(edge, { path: '/', headers: { 'if-none-match': etag } })).status).toBe(304);

      const links = [...page.text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, link]) => link!);
      expect(links.length).toBeGreaterThan(0);
      for (const link of links) {
        const asset = await overHttp2(edge, { path: link });
        expect([link, asset.status, asset.headers['cache-control']]).toEqual([
          link,
          200,
          'public, max-age=31536000, immutable',
        ]);
      }
      expectProblem(await overHttp2(edge, { path: '/assets/style.00000000.css' }), 404, 'not_found');
      expectProblem(await overHttp2(edge, { path: '/', method: 'POST' }), 405, 'method_not_allowed');
    });

    it.each([
      { ending: 'html', type: /^text\/html; charset=utf-8$/ },
      { ending: 'js', type: /^text\/javascript/ },
      { ending: 'css', type: /^text\/css/ },
    ])('serves .$ending in the strongest precompressed form that the client accepts', async (file) => {
      const { text: page } = await overHttp2(edge, { path: '/' });
      const path =
        file.ending === 'html' ? '/sign-in' : new RegExp(`"(/assets/[^"]+\\.${file.ending})"`).exec(page)![1]!;
      const plain = await overHttp2(edge, { path });
      for (const [accepted, encoding] of [
        ['gzip, deflate, br, zstd', 'br'],
        ['br;q=0.5', 'br'],
        ['gzip, br;q=0', 'gzip'],
        ['gzip, br;q=0.000', 'gzip'],
        ['gzip', 'gzip'],
        ['identity', undefined],
      ] as const) {
        const headers = { 'accept-encoding': accepted };
        const answer = await overHttp2(edge, { path, headers });
        const { 'content-encoding': used, 'content-type': type, vary } = answer.headers;
        expect([accepted, answer.status, used, vary]).toEqual([accepted, 200, encoding, 'Accept-Encoding']);
        expect(type).toMatch(file.type);
        expect(decoded(answer.body, encoding).equals(plain.body)).toBe(true);
        for (const name of ['content-security-policy', 'cache-control', 'x-frame-options'])
          expect(answer.headers[name]).toBe(plain.headers[name]);
        const again = { ...headers, 'if-none-match': String(answer.headers.etag) };
        expect((await overHttp2(edge, { path, headers: again })).status).toBe(304);
      }
    });
  });
}

function decoded(body: Buffer, encoding: 'br' | 'gzip' | undefined): Buffer {
  if (encoding === undefined) return body;
  return encoding === 'br' ? brotliDecompressSync(body) : gunzipSync(body);
}
