// @ts-check
/** Stores, secrets and schema: what the services need before they start. The packages must be built. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './root.mjs';
import { runProgram } from './run-program.mjs';
import { readSecrets } from './secrets.mjs';
import { during, progress } from './terminal.mjs';

/**
 * @typedef {object} Foundation
 * @property {import('../../platform/src/stores/open-stores.ts').Stores} stores
 * @property {import('./secrets.mjs').Secrets} secrets
 */

/**
 * Opens the stores, reads or makes the secrets, and migrates.
 * @param {import('./settings.mjs').Settings} settings
 * @param {Pick<import('./shutdown.mjs').Shutdown, 'onClose' | 'signal'>} shutdown the stores' closer is registered with it
 * @param {{ reset: boolean, tell?: (sentence: string) => void }} options tell: hears what happens, by default on the terminal
 * @returns {Promise<Foundation>}
 */
export async function openPlatformStores(
  { dataDirectory, storePorts, given, find, namesOpenRedis },
  shutdown,
  { reset, tell = progress },
) {
  const { openStores, wipeStores } = await import('../../platform/src/stores/open-stores.ts');
  if (reset) {
    tell(`Wiping ${dataDirectory}`);
    await wipeStores(dataDirectory);
    await wipeTheRest(dataDirectory);
  }
  await mkdir(dataDirectory, { recursive: true });
  const stores = await openStores({
    directory: dataDirectory,
    ports: storePorts,
    given,
    redisIsOpen: namesOpenRedis,
    progress: tell,
    signal: shutdown.signal,
  });
  shutdown.onClose(async () => {
    tell('Stopping the stores');
    await stores.close();
  });
  const made = await readSecrets(dataDirectory);
  /** @type {import('./secrets.mjs').Secrets} */
  const secrets = {
    SESSION_SECRET: find('SESSION_SECRET', 'gateway') ?? made.SESSION_SECRET,
    CURSOR_SECRETS: find('CURSOR_SECRETS', 'accounts') ?? made.CURSOR_SECRETS,
    IDENTITY_PRIVATE_KEYS: find('IDENTITY_PRIVATE_KEYS', 'gateway') ?? made.IDENTITY_PRIVATE_KEYS,
    IDENTITY_PUBLIC_KEYS: find('IDENTITY_PUBLIC_KEYS', 'accounts') ?? made.IDENTITY_PUBLIC_KEYS,
  };
  await migrate(stores);
  await rememberStores(dataDirectory, stores);
  return { stores, secrets };
}

/**
 * Where the stores are, for the commands that look at the running platform (scripts/command.mjs).
 * @param {string} dataDirectory
 * @param {import('../../platform/src/stores/open-stores.ts').Stores} stores
 */
async function rememberStores(dataDirectory, { postgres, redis, mongo }) {
  const lines = [
    `DATABASE_URL=${postgres.url}`,
    `ACCOUNTS_REDIS_URL=${redis.urls.accounts}`,
    `ACTIVITY_REDIS_URL=${redis.urls.activity}`,
    `MONGO_URL=${mongo.url}`,
  ];
  await writeFile(join(dataDirectory, 'stores.env'), `${lines.join('\n')}\n`, { mode: 0o600 });
}

/** @param {import('../../platform/src/stores/open-stores.ts').Stores} stores */
export async function migrate({ postgres }) {
  const env = { ...process.env, DATABASE_URL: postgres.url, DATABASE_OWNER_URL: postgres.ownerUrl };
  await during('Migrating PostgreSQL', () =>
    runProgram(process.execPath, [join(root, 'services/accounts/dist/migrate.js')], {
      env,
      failure: 'The database could not be migrated',
    }),
  );
}

/** @param {string} dataDirectory */
async function wipeTheRest(dataDirectory) {
  for (const name of await readdir(dataDirectory)) {
    if (name !== 'lock') await rm(join(dataDirectory, name), { recursive: true, force: true });
  }
}
