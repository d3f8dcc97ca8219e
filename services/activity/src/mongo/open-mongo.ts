import type { Secret } from '@mainstay/config';
import type { Log } from '@mainstay/logging';
import type { Metrics } from '@mainstay/metrics';
import { noTracing, traceMongo, type Tracing } from '@mainstay/tracing';
import mongoose, { type Connection } from 'mongoose';
import { setTimeout as delay } from 'node:timers/promises';
import { observePool } from './mongo-pool-metrics.js';

export interface OpenMongoOptions {
  url: Secret;
  poolMax: number;
  /** Limit for finding a server, for a free connection, and for the server's reply, each. */
  timeoutMs: number;
  log: Log;
  metrics: Metrics;
  tracing?: Tracing;
}

export interface Mongo {
  /** Commands fail at once until the first connection is ready; later the driver reconnects by itself. */
  connection: Connection;
  ping(): Promise<unknown>;
  close(): Promise<void>;
}

const retryMs = 1_000;

/** A connection pool to MongoDB. Returns at once; an absent server is awaited in the background. */
export function openMongo(options: OpenMongoOptions): Mongo {
  const { url, poolMax, timeoutMs, log, metrics, tracing = noTracing } = options;
  const connection = mongoose.createConnection();
  const closing = new AbortController();
  // The command fails with the same error; without a listener it would end the process.
  connection.on('error', (error: Error) => log.debug('mongo connection error', { error }));

  async function connect(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        await connection.openUri(url.reveal(), {
          maxPoolSize: poolMax,
          serverSelectionTimeoutMS: timeoutMs,
          connectTimeoutMS: timeoutMs,
          socketTimeoutMS: timeoutMs,
          waitQueueTimeoutMS: timeoutMs,
          // Ten seconds by default: too slow to notice that a server is back.
          heartbeatFrequencyMS: 2_000,
          bufferCommands: false,
          autoIndex: false,
          autoCreate: false,
          monitorCommands: tracing.isOn,
        });
        observePool(connection.getClient(), metrics);
        traceMongo(tracing, connection.getClient());
        return;
      } catch (error) {
        log.debug('mongo is not there yet', { error });
        await delay(retryMs, undefined, { signal: closing.signal }).catch(() => undefined);
      }
    }
  }

  const connecting = connect();
  return {
    connection,
    ping: async () => {
      if (!connection.db) throw new Error('not connected yet');
      return connection.db.admin().ping();
    },
    async close() {
      closing.abort();
      await connecting;
      await connection.close();
    },
  };
}
