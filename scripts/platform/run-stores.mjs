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
    const dotenv = await writeMissingDotenv(settings, foundation);
    console.log(nextSteps(settings, foundation, dotenv));
  });
}

/**
 * @param {import('./settings.mjs').Settings} settings
 * @param {import('./open-platform-stores.mjs').Foundation} foundation
 * @returns {Promise<string>} one sentence about it. One that is there is never touched
 */
async function writeMissingDotenv({ ports, find }, { stores, secrets }) {
  const values = {
    DATABASE_URL: stores.postgres.url,
    DATABASE_OWNER_URL: stores.postgres.ownerUrl,
    REDIS_URL: stores.redis.url,
    MONGO_URL: stores.mongo.url,
    ...portSettings(ports),
    ACCOUNTS_URL: `http://127.0.0.1:${ports.accounts.port}`,
    ACTIVITY_URL: `http://127.0.0.1:${ports.activity.port}`,
    WEB_DIRECTORY: 'services/web/dist', // seen from where the gateway starts, so that each release serves its own
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
    return '.env is written: it names these stores and holds their secrets.';
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    if (find('DATABASE_URL') === stores.postgres.url) return '.env was there already, and names these stores.';
    return '.env was there already, and names another PostgreSQL: delete it and run this again for one that fits these stores.';
  }
}

/**
 * Whoever starts the services need not know what this shell has set.
 * @param {import('./settings.mjs').Settings['ports']} ports
 */
function portSettings(ports) {
  return Object.fromEntries(
    Object.entries(ports).flatMap(([service, { port, managementPort }]) => [
      [`${service.toUpperCase()}_PORT`, port],
      [`${service.toUpperCase()}_MANAGEMENT_PORT`, managementPort],
    ]),
  );
}

/**
 * @param {import('./settings.mjs').Settings} settings
 * @param {import('./open-platform-stores.mjs').Foundation} foundation
 * @param {string} dotenv
 */
function nextSteps({ ports }, { stores }, dotenv) {
  return `
PostgreSQL  ${stores.postgres.servedBy}
Redis       ${stores.redis.servedBy}
MongoDB     ${stores.mongo.servedBy}

${dotenv}
Next, in another terminal at the root of the repository:

  npx pm2 start ecosystem.config.js     # one worker a core for each service; docs/bare-metal.md
  curl http://127.0.0.1:${ports.gateway.port}/healthz
  npx pm2 logs                          # npx pm2 ls, npx pm2 reload all, npx pm2 delete all

or, a terminal each and without PM2:

  node --enable-source-maps services/accounts/dist/main.js
  node --enable-source-maps services/activity/dist/main.js
  node --enable-source-maps services/gateway/dist/main.js

Ctrl-C stops the stores; stop the services first.
`;
}
