import { createTestRedis, type TestRedis } from '@mainstay/platform/testing';
import { Redis } from 'ioredis';
import {
  consumeEvents,
  createEvent,
  createEventStream,
  newEventId,
  type ConsumerOptions,
  type EventConsumer,
  type EventEnvelope,
  type EventStream,
} from '../src/index.js';
import type { MemoryStore } from './memory-store.js';

export interface Transport {
  server: TestRedis;
  redis: Redis;
  stream: EventStream;
  /** Starts one more consumer, with short time limits. */
  consume(store: MemoryStore, options?: Partial<ConsumerOptions>): EventConsumer;
  close(): Promise<void>;
}

/** Starts a separate Redis and returns a producer and a way to start consumers. */
export async function openTransport(): Promise<Transport> {
  const server = await createTestRedis();
  const connections: Redis[] = [];
  const consumers: EventConsumer[] = [];
  const connect = (commandTimeout?: number) => {
    const options = { maxRetriesPerRequest: 1, retryStrategy: () => 50 };
    const redis = new Redis(server.url, commandTimeout === undefined ? options : { ...options, commandTimeout });
    redis.on('error', () => undefined);
    connections.push(redis);
    return redis;
  };
  const redis = connect(1_000);
  return {
    server,
    redis,
    stream: createEventStream(redis),
    consume(store, options) {
      const log = { info: () => undefined, warn: () => undefined };
      const fixed = { commands: connect(1_000), blocking: connect(), store, log, leaseMs: 1_000 };
      const consumer = consumeEvents({ ...fixed, ...options });
      consumers.push(consumer);
      return consumer;
    },
    async close() {
      await Promise.all(consumers.map((consumer) => consumer.close()));
      for (const connection of connections) connection.disconnect();
      await server.close();
    },
  };
}

export function signedOut(): EventEnvelope {
  return createEvent({
    type: 'user.signed_out',
    subjects: [newEventId()],
    source: 'gateway',
    data: { sessionId: newEventId() },
  });
}
