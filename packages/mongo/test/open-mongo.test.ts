import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { Secret } from '@mainstay/config';
import type { Log } from '@mainstay/logging';
import { createMetrics } from '@mainstay/metrics';
import { openMongo, type Mongo } from '../src/index.js';

const warn = jest.fn<Log['warn']>();
const log = { debug: () => undefined, info: () => undefined, warn } as unknown as Log;
let mongo: Mongo;
let server: Server;
let connections = 0;

afterEach(async () => {
  await mongo.close();
  server.close();
});

describe('a MongoDB that cannot be reached', () => {
  it('is logged once with the cause, however often the driver retries', async () => {
    const tried = new Promise<void>((resolve) => {
      server = createServer((socket) => {
        connections += 1;
        socket.destroy();
        if (connections === 4) resolve();
      });
    });
    const warned = new Promise<void>((resolve) => warn.mockImplementation(() => resolve()));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = new Secret(`mongodb://127.0.0.1:${(server.address() as AddressInfo).port}/activity`);
    const metrics = createMetrics({ service: 'activity', version: 'test' });
    mongo = openMongo({ url, poolMax: 1, timeoutMs: 200, log, metrics });
    await Promise.all([tried, warned]);
    const cause = expect.objectContaining({ name: 'MongooseServerSelectionError' }) as unknown;
    expect(warn.mock.calls).toEqual([['MongoDB does not answer', { server: 'any', error: cause }]]);
    await expect(mongo.ping()).rejects.toEqual(cause);
  });
});
