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
  /** True for the platform's first outbox, whose cursor has its own Redis key. All other outboxes share a key. */
  isFirst?: boolean;
}

/** Starts the relay and the housekeeping of an outbox, and registers their closers. */
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
