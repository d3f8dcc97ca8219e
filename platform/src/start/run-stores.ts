import { entrance } from '../services.ts';
import type { Settings } from '../settings.ts';
import type { Stores } from '../stores/open-stores.ts';
import { stopLeftovers } from './leftovers.ts';
import { prepareFoundation } from './foundation.ts';
import { runUntilStopped } from './run-until-stopped.ts';
import { writeMissingSettings } from './service-settings.ts';

/** Runs the stores without the services, in the foreground, for services that the user or a process manager starts. */
export function runStores({ reset }: { reset: boolean }): Promise<void> {
  return runUntilStopped('npm run stores', async (settings, shutdown) => {
    await stopLeftovers(settings);
    const foundation = await prepareFoundation(settings, shutdown, { reset, withPages: true });
    console.log(nextSteps(settings, foundation.stores, await writeMissingSettings(settings, foundation)));
  });
}

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
