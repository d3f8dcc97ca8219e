import { createIdentityVerifier } from '@mainstay/identity';
import type { Runtime } from '@mainstay/service';
import type { Express } from 'express';
import { createApp } from './app.js';
import type { Config } from './config.js';
import { createMemoryItems } from './memory/memory-items.js';

export function compose(runtime: Runtime<Config>): Express {
  return createApp({
    ...runtime,
    items: createMemoryItems(),
    identityVerifier: createIdentityVerifier({
      publicKeys: runtime.config.identityPublicKeys.map((key) => key.reveal()),
      audience: 'template',
    }),
  });
}
