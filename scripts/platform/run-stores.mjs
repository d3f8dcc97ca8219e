// @ts-check
import { stopLeftoverServices } from './leftovers.mjs';
import { openPlatformStores } from './open-platform-stores.mjs';
import { runUntilStopped } from './run-until-stopped.mjs';
import { writeMissingSettings } from './service-files.mjs';
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
    const sentences = await writeMissingSettings(settings, foundation);
    console.log(nextSteps(settings, foundation, sentences));
  });
}

/**
 * @param {import('./settings.mjs').Settings} settings
 * @param {import('./open-platform-stores.mjs').Foundation} foundation
 * @param {string[]} sentences about the files of settings
 */
function nextSteps({ ports }, { stores }, sentences) {
  return `
PostgreSQL  ${stores.postgres.servedBy}
Redis       ${stores.redis.servedBy}
MongoDB     ${stores.mongo.servedBy}

${sentences.join('\n')}
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
