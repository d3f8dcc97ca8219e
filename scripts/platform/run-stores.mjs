// @ts-check
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stopLeftoverServices } from './leftovers.mjs';
import { openPlatformStores } from './open-platform-stores.mjs';
import { root } from './root.mjs';
import { runUntilStopped } from './run-until-stopped.mjs';
import { build, install } from './setup.mjs';

/**
 * The stores alone, in the foreground, for services that are started by hand or by a process manager.
 * @param {string[]} args
 */
export function runStores(args) {
  return runUntilStopped({ name: 'npm run stores', args, options: ['--reset'] }, async (settings, shutdown) => {
    await stopLeftoverServices(settings);
    await install();
    await build();
    shutdown.signal.throwIfAborted();
    const foundation = await openPlatformStores(settings, shutdown, { reset: args.includes('--reset') });
    const wrote = await writeMissingDotenv(settings, foundation);
    console.log(nextSteps(foundation, wrote));
  });
}

/**
 * @param {import('./settings.mjs').Settings} settings
 * @param {import('./open-platform-stores.mjs').Foundation} foundation
 * @returns {Promise<boolean>} false where there is one already: it is never touched
 */
async function writeMissingDotenv({ ports }, { stores, secrets }) {
  const values = {
    DATABASE_URL: stores.postgres.url,
    DATABASE_OWNER_URL: stores.postgres.ownerUrl,
    REDIS_URL: stores.redis.url,
    MONGO_URL: stores.mongo.url,
    ACCOUNTS_URL: `http://127.0.0.1:${ports.accounts.port}`,
    ACTIVITY_URL: `http://127.0.0.1:${ports.activity.port}`,
    ...secrets,
  };
  const lines = Object.entries(values).map(([name, value]) => `${name}=${value}`);
  const text = [
    '# Written by npm run stores. Whoever reads it can sign sessions and tokens: keep it to yourself.',
    ...lines,
    '',
  ];
  try {
    await writeFile(join(root, '.env'), text.join('\n'), { mode: 0o600, flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * @param {import('./open-platform-stores.mjs').Foundation} foundation
 * @param {boolean} wrote
 */
function nextSteps({ stores }, wrote) {
  return `
PostgreSQL  ${stores.postgres.servedBy}
Redis       ${stores.redis.servedBy}
MongoDB     ${stores.mongo.servedBy}

${wrote ? '.env is written: it names these stores and holds fresh secrets.' : '.env was there already and is left as it is; a service reads it at its start.'}
Next, in other terminals at the root of the repository:

  node --enable-source-maps services/accounts/dist/main.js
  node --enable-source-maps services/activity/dist/main.js
  node --enable-source-maps services/gateway/dist/main.js

Ctrl-C stops the stores; stop the services first.
`;
}
