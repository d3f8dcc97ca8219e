import { createIdentityVerifier } from '@mainstay/identity';
import { currentContext } from '@mainstay/logging';
import type { Database } from '@mainstay/postgres';
import type { Runtime } from '@mainstay/service';
import { createCursors } from '@mainstay/service/requests';
import type { Express } from 'express';
import { createApp } from './app.js';
import type { Config } from './config.js';
import { createPostgresItems } from './postgres/postgres-items.js';

export function compose(runtime: Runtime<Config>, { pool, query }: Database): Express {
  const { config, onClose } = runtime;
  const cause = () => {
    const { traceparent, requestId } = currentContext() ?? {};
    return { traceparent, requestId };
  };
  return createApp({
    ...runtime,
    items: onClose(createPostgresItems({ pool, query, cause }), 'items'),
    cursors: createCursors(config.cursorSecrets.map((secret) => secret.reveal())),
    identityVerifier: createIdentityVerifier({
      publicKeys: config.identityPublicKeys.map((key) => key.reveal()),
      audience: 'template',
    }),
  });
}
