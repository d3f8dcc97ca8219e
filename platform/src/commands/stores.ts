/**
 * npm run stores: starts the three stores in the foreground, for services that you start by hand or with PM2.
 *
 *   npm run stores                 migrates, and writes missing .env files (mode 0600); Ctrl-C stops the stores
 *   npm run stores -- --reset      deletes the data first
 */
import { readSwitches } from '../options.ts';
import { entrance } from '../services.ts';
import type { Settings } from '../settings.ts';
import { prepareFoundation } from '../start/foundation.ts';
import { stopLeftovers } from '../start/leftovers.ts';
import { writeMissingSettings } from '../start/service-settings.ts';
import { runUntilStopped } from '../start/shutdown.ts';
import type { Stores } from '../stores/open-stores.ts';
import { runCommand } from '../terminal.ts';

await runCommand(() => {
  const { reset } = readSwitches('reset');
  return runUntilStopped('npm run stores', async (settings, shutdown) => {
    await stopLeftovers(settings);
    const foundation = await prepareFoundation(settings, shutdown, { reset, withPages: true });
    console.log(nextSteps(settings, foundation.stores, await writeMissingSettings(settings, foundation)));
  });
});

function nextSteps({ ports }: Settings, stores: Stores, sentences: string[]): string {
  return `
PostgreSQL  ${stores.postgres.servedBy}
Redis       ${stores.redis.servedBy}
MongoDB     ${stores.mongo.servedBy}

${sentences.join('\n')}
Next, in another terminal, in the root directory of the repository:

  npx pm2 start ecosystem.config.js     # one worker per core for each service; docs/bare-metal.md
  curl http://127.0.0.1:${ports[entrance].port}/healthz
  npx pm2 logs                          # npx pm2 ls, npx pm2 reload all, npx pm2 delete all

Ctrl-C stops the stores. Stop the services first.
`;
}
