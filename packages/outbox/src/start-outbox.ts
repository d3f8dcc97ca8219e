import { createEventStream, eventKeys } from '@mainstay/events';
import type { PostgresSettings } from '@mainstay/postgres';
import { openRedis, probeRedis, type Runtime } from '@mainstay/service';
import { traceEventStream } from '@mainstay/tracing';
import type { Pool } from 'pg';
import type { z } from 'zod';
import { startHousekeeping } from './housekeeping.js';
import { observeOutbox, observeRelay } from './observe-outbox.js';
import { createPostgresOutbox } from './postgres-outbox.js';
import { startOutboxRelay } from './relay-outbox.js';
import type { outboxSettings } from './settings.js';

type OutboxSettings = PostgresSettings & z.output<z.ZodObject<typeof outboxSettings>>;

export interface OutboxOptions {
  service: string;
  pool: Pool;
  /** Whether it is the first outbox of the platform, whose cursor has a key of its own. */
  isFirst?: boolean;
}

/**
 * Starts the background work of a service with an outbox, and registers its closers: the relay, which sends events to
 * Redis, and the deletion of old rows and keys.
 */
export function startOutbox(runtime: Runtime<OutboxSettings>, { service, pool, isFirst = false }: OutboxOptions): void {
  const { config, log, metrics, tracing, health, onClose } = runtime;
  const redis = onClose(openRedis({ address: config, role: 'request', log, metrics, tracing }), 'redis');
  health.require('redis', probeRedis(redis));

  const { databaseUrl: url, databaseStatementTimeoutMs: statementTimeoutMs, streamBacklogMax: backlogMax } = config;
  const outbox = createPostgresOutbox({ service, url, statementTimeoutMs, log });
  const named = createEventStream(redis, { outbox: isFirst ? undefined : service });
  const stream = traceEventStream(tracing, named, eventKeys.stream);
  onClose(startOutboxRelay({ outbox, stream, log, backlogMax, onProgress: observeRelay(metrics) }), 'relay');
  observeOutbox(metrics, { outbox, stream });

  const { eventRetentionDays: retentionDays } = config;
  onClose(startHousekeeping({ pool, retentionDays, log, ready: health.ready() }), 'housekeeping');
}
