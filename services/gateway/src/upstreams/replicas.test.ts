import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { request, type Dispatcher } from 'undici';
import { openReplicas } from './replicas.js';

describe('Replicas', () => {
  it('give other requests to the only replica during its probe, if the last attempt was long ago', async () => {
    let nowMs = 0;
    const addresses = { current: () => Promise.resolve(['127.0.0.1']), doubt: () => undefined };
    const url = 'http://127.0.0.1:3001';
    const replicas = openReplicas({ url, addresses, failuresMax: 1, openMs: 1_000, nowMs: () => nowMs });
    const pick = () => replicas.pick({ repeatable: false, not: [] });
    const only = (await pick())!;
    const failing = only.breaker.begin();
    nowMs = 1_000;
    failing.failed();
    expect(await pick()).toBeUndefined();
    nowMs = 60_000;
    const probe = (await pick())!.breaker.begin();
    expect(await pick()).toBe(only);
    probe.failed();
    expect(await pick()).toBeUndefined();
    await replicas.close();
  });

  it('close an unused connection after `connectionIdleMs`, even if the service announces a longer timeout', async () => {
    const server = createServer({ keepAliveTimeout: 75_000 }, (_req, res) => res.end('ok')).listen(0, '127.0.0.1');
    const connected = once(server, 'connection') as Promise<[Socket]>;
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const addresses = { current: () => Promise.resolve(['127.0.0.1']), doubt: () => undefined };
    const replicas = openReplicas({
      url: `http://127.0.0.1:${port}`,
      addresses,
      failuresMax: 1,
      openMs: 1_000,
      connectionIdleMs: 200,
    });
    try {
      const replica = await replicas.pick({ repeatable: true, not: [] });
      const reply = await request(`http://127.0.0.1:${port}/`, { dispatcher: replica!.feeds as Dispatcher });
      expect(reply.headers['keep-alive']).toBe('timeout=75');
      await reply.body.dump();
      const [socket] = await connected;
      await once(socket, 'close');
    } finally {
      await replicas.close();
      server.close();
    }
  });
});
