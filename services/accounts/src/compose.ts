import { createEventStream, eventKeys } from '@mainstay/events';
import { createIdentityVerifier } from '@mainstay/identity';
import { currentContext } from '@mainstay/logging';
import { openRedis, perWorker, probeRedis, type Runtime } from '@mainstay/service';
import { createCursors } from '@mainstay/service/requests';
import { traceEventStream, traceStatements } from '@mainstay/tracing';
import type { Express } from 'express';
import { createApp } from './app.js';
import type { Config } from './config.js';
import { startOutboxRelay } from './domain/relay-outbox.js';
import { renderTransfer } from './http/transfer-schemas.js';
import {
  countHashing,
  countTransfers,
  observeBatches,
  observeOutbox,
  observeRelay,
  observeStatements,
} from './metrics.js';
import { createArgon2Passwords } from './passwords/argon2-passwords.js';
import { boundPasswords, hashingCores } from './passwords/bounded-passwords.js';
import { createCommonPasswords } from './passwords/common-passwords.js';
import { startHousekeeping } from './postgres/housekeeping.js';
import { openPool, type LedgerPool } from './postgres/open-pool.js';
import { createPostgresAccounts } from './postgres/postgres-accounts.js';
import { createPostgresLedger } from './postgres/postgres-ledger.js';
import { createPostgresOutbox } from './postgres/postgres-outbox.js';
import { createPostgresUsers } from './postgres/postgres-users.js';
import { queryOn } from './postgres/query.js';
import { assertSchema } from './postgres/schema-version.js';
import { startStatementWorkers } from './statements/statement-workers.js';

/** Opens the connections to PostgreSQL, which holds users and the ledger. */
export function openDatabase({ config, log, metrics, health, onClose }: Runtime<Config>): LedgerPool {
  const { databaseUrl: url, databaseStatementTimeoutMs: statementTimeoutMs } = config;
  const connectionsMax = perWorker(config.databasePoolMax, config);
  const pool = onClose(openPool({ url, connectionsMax, statementTimeoutMs, log, metrics }), 'postgres');
  health.require('postgres', async () => {
    await pool.warm();
    await assertSchema(pool);
  });
  return pool;
}

/** Starts background work: the relay, which sends events to Redis, and the deletion of old rows. */
export function startRelay(runtime: Runtime<Config>, pool: LedgerPool): void {
  const { config, log, metrics, tracing, health, onClose } = runtime;
  const redis = onClose(openRedis({ address: config, role: 'request', log, metrics, tracing }), 'redis');
  health.require('redis', probeRedis(redis));

  const { databaseUrl: url, databaseStatementTimeoutMs: statementTimeoutMs, streamBacklogMax: backlogMax } = config;
  const outbox = createPostgresOutbox({ url, statementTimeoutMs, log });
  const stream = traceEventStream(tracing, createEventStream(redis), eventKeys.stream);
  onClose(startOutboxRelay({ outbox, stream, log, backlogMax, onProgress: observeRelay(metrics) }), 'relay');
  observeOutbox(metrics, { outbox, stream });

  const { eventRetentionDays: retentionDays } = config;
  onClose(startHousekeeping({ pool, retentionDays, log, ready: health.ready() }), 'housekeeping');
}

/** Builds the accounts service from its settings and its database. */
export function compose(runtime: Runtime<Config>, pool: LedgerPool): Express {
  const { config, log, metrics, tracing, onClose } = runtime;
  const observe = observeStatements(metrics);
  const statements = onClose(
    startStatementWorkers({
      threads: config.statementThreads,
      queueMax: 20,
      onFinished: observe.finished,
      onError: (error) => log.error('a statement worker failed', { error }),
    }),
    'statements',
  );
  observe.workers(statements);

  const trace = traceStatements(tracing, config.databaseUrl.reveal());
  const query = queryOn(pool, { waitingMax: perWorker(config.databaseWaitingMax, config), trace });
  const traceparent = () => currentContext()?.traceparent;
  const onBatch = observeBatches(metrics);
  const ledger = onClose(createPostgresLedger({ pool, query, renderTransfer, traceparent, trace, onBatch }), 'ledger');

  return createApp({
    ...runtime,
    users: createPostgresUsers(query, traceparent),
    passwords: countHashing(metrics, (onRefused) =>
      boundPasswords(createArgon2Passwords(), {
        cores: hashingCores(config),
        queueMax: config.passwordQueueMax,
        onRefused,
      }),
    ),
    commonPasswords: createCommonPasswords(),
    accounts: createPostgresAccounts(query, traceparent),
    ledger: countTransfers(metrics, ledger),
    statements,
    cursors: createCursors(config.cursorSecrets.map((secret) => secret.reveal())),
    identityVerifier: createIdentityVerifier({
      publicKeys: config.identityPublicKeys.map((key) => key.reveal()),
      audience: 'accounts',
    }),
  });
}
