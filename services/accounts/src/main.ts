import '@mainstay/service/supported-node';
import { createEventStream, eventKeys } from '@mainstay/events';
import { createIdentityVerifier } from '@mainstay/identity';
import { currentContext } from '@mainstay/logging';
import { createCursors } from '@mainstay/service/requests';
import { openRedis, perWorker, probeRedis, runService } from '@mainstay/service';
import { traceEventStream, traceStatements } from '@mainstay/tracing';
import { createApp } from './app.js';
import { configSchema } from './config.js';
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
import { openPool } from './postgres/open-pool.js';
import { createPostgresAccounts } from './postgres/postgres-accounts.js';
import { createPostgresLedger } from './postgres/postgres-ledger.js';
import { createPostgresOutbox } from './postgres/postgres-outbox.js';
import { createPostgresUsers } from './postgres/postgres-users.js';
import { queryOn } from './postgres/query.js';
import { assertSchema } from './postgres/schema-version.js';
import { startStatementWorkers } from './statements/statement-workers.js';

await runService({ name: 'accounts', configSchema }, ({ config, log, metrics, tracing, health, onClose }) => {
  const { databaseUrl: url, databaseStatementTimeoutMs: statementTimeoutMs } = config;
  const pool = onClose(
    openPool({ url, connectionsMax: perWorker(config.databasePoolMax, config), statementTimeoutMs, log, metrics }),
    'postgres',
  );
  health.require('postgres', async () => {
    await pool.warm();
    await assertSchema(pool);
  });

  const redis = onClose(openRedis({ address: config, role: 'request', log, metrics, tracing }), 'redis');
  health.require('redis', probeRedis(redis));

  const outbox = createPostgresOutbox({ url, statementTimeoutMs, log });
  const { streamBacklogMax: backlogMax } = config;
  const stream = traceEventStream(tracing, createEventStream(redis), eventKeys.stream);
  onClose(startOutboxRelay({ outbox, stream, log, backlogMax, onProgress: observeRelay(metrics) }), 'relay');
  observeOutbox(metrics, { outbox, stream });
  onClose(
    startHousekeeping({ pool, retentionDays: config.eventRetentionDays, log, ready: health.ready() }),
    'housekeeping',
  );

  const watch = observeStatements(metrics);
  const onError = (error: Error) => log.error('a statement worker failed', { error });
  const { statementThreads: threads } = config;
  const statements = onClose(
    startStatementWorkers({ threads, queueMax: 20, onFinished: watch.finished, onError }),
    'statements',
  );
  watch.workers(statements);

  const trace = traceStatements(tracing, url.reveal());
  const query = queryOn(pool, { waitingMax: perWorker(config.databaseWaitingMax, config), trace });
  const traceparent = () => currentContext()?.traceparent;
  const onBatch = observeBatches(metrics);
  const ledger = onClose(createPostgresLedger({ pool, query, renderTransfer, traceparent, trace, onBatch }), 'ledger');
  return createApp({
    config,
    log,
    metrics,
    tracing,
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
});
