import type { Secret } from '@mainstay/config';
import type { Log } from '@mainstay/logging';
import type { Metrics } from '@mainstay/metrics';
import { perWorker, type Runtime } from '@mainstay/service';
import { noTracing, traceMongo, type Tracing } from '@mainstay/tracing';
import mongoose, { type Connection } from 'mongoose';
import { setTimeout as delay } from 'node:timers/promises';
import { observePool } from './mongo-pool-metrics.js';
import type { MongoSettings } from './settings.js';

export interface OpenMongoOptions {
  url: Secret;
  poolMax: number;
  /** The time limit of each wait, such as for a free connection or for a reply. */
  timeoutMs: number;
  log: Log;
  metrics: Metrics;
  tracing?: Tracing;
}

export interface Mongo {
  /**
   * Until the first connection is open, commands fail at once. If no server is available during a later outage, a
   * command fails after `timeoutMs`. The driver reconnects after the outage.
   */
  connection: Connection;
  /** @throws the reason why MongoDB does not answer */
  ping(): Promise<unknown>;
  close(): Promise<void>;
}

const RETRY_MS = 1_000;
const WARN_EVERY_MS = 30_000;

/** Opens the database of a service. The service becomes ready when MongoDB answers. */
export function openMongoDatabase(runtime: Runtime<MongoSettings & { workers: number }>): Mongo {
  const { config, log, metrics, tracing, health, onClose } = runtime;
  const { mongoUrl: url, mongoTimeoutMs: timeoutMs } = config;
  const poolMax = perWorker(config.mongoPoolMax, config);
  const mongo = onClose(openMongo({ url, poolMax, timeoutMs, log, metrics, tracing }), 'mongo');
  health.require('mongo', () => mongo.ping());
  return mongo;
}

/** Opens a connection pool to MongoDB. Returns at once and connects in the background. */
export function openMongo(options: OpenMongoOptions): Mongo {
  const { url, poolMax, timeoutMs, log, metrics, tracing = noTracing } = options;
  const connection = mongoose.createConnection();
  const closing = new AbortController();
  const outage = reportOutage(log);
  // `connect` reports each failed attempt to connect as an outage too, so debug is enough.
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
          // The driver's default of ten seconds is too long to notice an outage, or its end, without a request.
          heartbeatFrequencyMS: 2_000,
          bufferCommands: false,
          autoIndex: false,
          autoCreate: false,
          monitorCommands: tracing.isOn,
        });
        const client = connection.getClient();
        client.on('serverHeartbeatFailed', ({ connectionId, failure }) => outage.failed(connectionId, failure));
        client.on('serverHeartbeatSucceeded', ({ connectionId }) => outage.over(connectionId));
        outage.over('any');
        observePool(client, metrics);
        traceMongo(tracing, client);
        return;
      } catch (error) {
        outage.failed('any', error as Error);
        await delay(RETRY_MS, undefined, { signal: closing.signal }).catch(() => undefined);
      }
    }
  }

  const connecting = connect();
  return {
    connection,
    ping: async () => {
      if (!connection.db) throw outage.cause() ?? new Error('not connected yet');
      return connection.db.admin().ping();
    },
    async close() {
      closing.abort();
      await connecting;
      await connection.close();
    },
  };
}

function reportOutage(log: Log) {
  const failures = new Map<string, Error>();
  let warnedAtMs = -Infinity;
  let isWarned = false;
  return {
    cause: () => failures.get('any'),
    failed(server: string, error: Error) {
      failures.set(server, error);
      if (performance.now() - warnedAtMs < WARN_EVERY_MS) return;
      warnedAtMs = performance.now();
      isWarned = true;
      log.warn('MongoDB does not answer', { server, error });
    },
    over(server: string) {
      failures.delete(server);
      if (!isWarned || failures.size > 0) return;
      isWarned = false;
      log.info('MongoDB answers again');
    },
  };
}
