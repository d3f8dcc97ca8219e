import { createIdentityVerifier } from '@mainstay/identity';
import { currentContext } from '@mainstay/logging';
import type { Database } from '@mainstay/postgres';
import type { Runtime } from '@mainstay/service';
import { createCursors } from '@mainstay/service/requests';
import type { Express } from 'express';
import { createApp } from './app.js';
import type { Config } from './config.js';
import { renderTransfer } from './http/transfer-schemas.js';
import { countHashing, countTransfers, observeBatches } from './metrics.js';
import { createArgon2Passwords } from './passwords/argon2-passwords.js';
import { boundPasswords, hashingCores } from './passwords/bounded-passwords.js';
import { createCommonPasswords } from './passwords/common-passwords.js';
import { createPostgresAccounts } from './postgres/postgres-accounts.js';
import { createPostgresLedger } from './postgres/postgres-ledger.js';
import { createPostgresStatements } from './postgres/postgres-statements.js'; // fork:remove statements
import { createPostgresUsers } from './postgres/postgres-users.js';
import { startStatements } from './statements/start-statements.js'; // fork:remove statements

export function compose(runtime: Runtime<Config>, { pool, query, trace }: Database): Express {
  const { config, metrics, onClose } = runtime;
  const cause = () => {
    const { traceparent, requestId } = currentContext() ?? {};
    return { traceparent, requestId };
  };
  const onBatch = observeBatches(metrics);
  const ledger = onClose(createPostgresLedger({ pool, query, renderTransfer, cause, trace, onBatch }), 'ledger');

  return createApp({
    ...runtime,
    users: createPostgresUsers(query, cause),
    passwords: countHashing(metrics, (onRefused) =>
      boundPasswords(createArgon2Passwords(), {
        cores: hashingCores(config),
        queueMax: config.passwordQueueMax,
        onRefused,
      }),
    ),
    commonPasswords: createCommonPasswords(),
    accounts: createPostgresAccounts(query, cause),
    ledger: countTransfers(metrics, ledger),
    statements: { renderer: startStatements(runtime), read: createPostgresStatements(query) }, // fork:remove statements
    cursors: createCursors(config.cursorSecrets.map((secret) => secret.reveal())),
    identityVerifier: createIdentityVerifier({
      publicKeys: config.identityPublicKeys.map((key) => key.reveal()),
      audience: 'accounts',
    }),
  });
}
