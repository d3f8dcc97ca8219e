import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import tls from 'node:tls';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '@mainstay/platform/testing/eventually';
import { describeWith } from '../programs.js';
import { overHttp1 } from './client.js';
import { edges, type Edge } from './edges.js';
import { startFakeGateways, type FakeGateways } from './fake-gateway.js';

for (const kind of edges) {
  describeWith(kind.programs, `TLS of ${kind.name}`, () => {
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

    /**
     * Makes a TLS handshake, closes the socket, and returns the result.
     * @throws Error with OpenSSL's code if the handshake fails
     */
    async function shakeHands(options: tls.ConnectionOptions) {
      const socket = tls.connect({
        port: Number(new URL(edge.url).port),
        host: '127.0.0.1',
        servername: 'localhost',
        ca: await edge.certificate(),
        ...options,
      });
      await once(socket, 'secureConnect');
      const seen = {
        version: socket.getProtocol(),
        cipher: socket.getCipher().name,
        protocol: socket.alpnProtocol,
        serial: socket.getPeerCertificate().serialNumber,
      };
      socket.destroy();
      return seen;
    }

    it('accepts TLS 1.2 and 1.3, and HTTP/2 if the client supports it', async () => {
      expect(await shakeHands({ ALPNProtocols: ['h2', 'http/1.1'] })).toMatchObject({
        version: 'TLSv1.3',
        protocol: 'h2',
      });
      expect(await shakeHands({ maxVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'] })).toMatchObject({
        version: 'TLSv1.2',
        protocol: 'http/1.1',
      });
    });

    it('refuses TLS 1.1', async () => {
      const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
      await expect(shakeHands(old)).rejects.toMatchObject({ code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' });
    });

    it.each(['ECDHE-ECDSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA384', 'AES128-GCM-SHA256'])(
      'refuses %s',
      async (ciphers) => {
        const old = { maxVersion: 'TLSv1.2', ciphers } as const;
        await expect(shakeHands(old)).rejects.toMatchObject({ code: expect.stringMatching(/ALERT_HANDSHAKE_FAILURE/) });
      },
    );

    it('leaves the choice of a cipher to the client', async () => {
      const ciphers = ['ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-ECDSA-AES128-GCM-SHA256'];
      for (const order of [ciphers, ciphers.toReversed()]) {
        expect((await shakeHands({ maxVersion: 'TLSv1.2', ciphers: order.join(':') })).cipher).toBe(order[0]);
      }
    });

    it('loads a new certificate by a reload without losing a request', async () => {
      const before = await shakeHands({});
      const agent = new https.Agent({ ca: await edge.certificate() });
      const feed = https.get(`${edge.url}/v1/activity/live`, { agent });
      const [events] = (await once(feed, 'response')) as [NodeJS.ReadableStream];
      await once(events, 'data');

      await edge.renewCertificate();
      let reloading = true;
      const reloaded = edge.reload().finally(() => (reloading = false));
      const keepAliveAgent = new https.Agent({ rejectUnauthorized: false, keepAlive: true });
      let served = 0;
      for (let after = 0; after < 20; after += reloading ? 0 : 1) {
        expect((await overHttp1(edge, { path: '/v1/echo', agent: keepAliveAgent })).status).toBe(200);
        served += 1;
      }
      await reloaded;
      keepAliveAgent.destroy();
      expect(served).toBeGreaterThanOrEqual(20);
      await eventually(
        () => shakeHands({}),
        ({ serial }) => serial !== before.serial,
      );

      const ended = once(events, 'end');
      events.resume();
      gateways.release();
      await ended;
      agent.destroy();
    });

    it(`${kind.keepsIdleConnections ? 'keeps' : 'closes cleanly'} an idle connection during a reload`, async () => {
      const agent = new https.Agent({ ca: await edge.certificate(), keepAlive: true, maxSockets: 1 });
      await overHttp1(edge, { path: '/v1/echo', agent });
      const [[idle] = []] = Object.values(agent.freeSockets);
      const closed = new Promise((resolve) => idle?.once('close', resolve));
      await edge.reload();
      if (kind.keepsIdleConnections) {
        const request = https.get(`${edge.url}/v1/echo`, { agent });
        const [{ statusCode }] = (await once(request, 'response')) as [IncomingMessage];
        expect([statusCode, request.reusedSocket]).toEqual([200, true]);
      } else {
        expect(await closed).toBe(false);
      }
      agent.destroy();
    });
  });
}
