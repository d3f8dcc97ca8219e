import { EventEmitter } from 'node:events';
import { afterAll, describe, expect, it } from '@jest/globals';
import { createMetrics } from '@mainstay/metrics';
import type { mongo } from 'mongoose';
import { observePool } from './mongo-pool-metrics.js';

const metrics = createMetrics({ service: 'test', version: 'test' });
afterAll(() => metrics.close());

describe('observePool', () => {
  it('counts a connection that was opened before the call', async () => {
    const client = new EventEmitter();
    observePool(client as mongo.MongoClient, metrics);
    const gauge = async (name: string) => {
      const { body } = await metrics.render();
      return body.split('\n').find((line) => line.startsWith(name));
    };
    client.emit('connectionCheckedOut', { connectionId: 1, durationMS: 2 });
    expect(await gauge('mongo_pool_connections{state="open"}')).toMatch(/ 1$/);
    expect(await gauge('mongo_pool_waiting')).toMatch(/ 0$/);
    client.emit('connectionClosed', { connectionId: 1 });
    client.emit('connectionClosed', { connectionId: 2 });
    expect(await gauge('mongo_pool_connections{state="open"}')).toMatch(/ 0$/);
    expect(await gauge('mongo_pool_connections{state="in_use"}')).toMatch(/ 0$/);
  });
});
