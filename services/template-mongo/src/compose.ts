import { createIdentityVerifier } from '@mainstay/identity';
import type { Mongo } from '@mainstay/mongo';
import type { Runtime } from '@mainstay/service';
import { createCursors } from '@mainstay/service/requests';
import type { Express } from 'express';
import { createApp } from './app.js';
import type { Config } from './config.js';
import { createMongoItems } from './mongo/mongo-items.js';

export function compose(runtime: Runtime<Config>, mongo: Mongo): Express {
  const { config } = runtime;
  return createApp({
    ...runtime,
    items: createMongoItems(mongo.connection, config.mongoTimeoutMs),
    cursors: createCursors(config.cursorSecrets.map((secret) => secret.reveal())),
    identityVerifier: createIdentityVerifier({
      publicKeys: config.identityPublicKeys.map((key) => key.reveal()),
      audience: 'template',
    }),
  });
}
