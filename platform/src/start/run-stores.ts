import { entrance, serviceNames } from '../services.ts';
import type { Settings } from '../settings.ts';
import type { Stores } from '../stores/open-stores.ts';
import { buildWeb } from './build-web.ts'; // feature: web
import { build, install } from './install.ts';
import { stopLeftovers } from './leftovers.ts';
import { openPlatformStores, prepareStorePrograms, prepareStores } from './open-platform-stores.ts';
import { runUntilStopped } from './run-until-stopped.ts';
import { writeMissingSettings } from './service-settings.ts';

/** Runs the stores without the services, in the foreground, for services that the user or a process manager starts. */
export function runStores({ reset }: { reset: boolean }): Promise<void> {
  return runUntilStopped('npm run stores', async (settings, shutdown) => {
    await stopLeftovers(settings);
    const programs = prepareStorePrograms(settings.given);
    await install();
    const opening = programs.then(() => openPlatformStores(settings, shutdown, { reset }));
    const [stores] = await Promise.all([
      opening,
      build(),
      buildWeb(), // feature: web
    ]);
    shutdown.signal.throwIfAborted();
    const foundation = await prepareStores(settings, stores);
    console.log(nextSteps(settings, stores, await writeMissingSettings(settings, foundation)));
  });
}

function nextSteps({ ports }: Settings, stores: Stores, sentences: string[]): string {
  const byHand = [...serviceNames].reverse().map((name) => `  node --enable-source-maps services/${name}/dist/main.js`);
  return `
PostgreSQL  ${stores.postgres.servedBy}
Redis       ${stores.redis.servedBy}
MongoDB     ${stores.mongo.servedBy}

${sentences.join('\n')}
Next, in another terminal, in the root directory of the repository:

  npx pm2 start ecosystem.config.js     # one worker per core for each service; docs/bare-metal.md
  curl http://127.0.0.1:${ports[entrance].port}/healthz
  npx pm2 logs                          # npx pm2 ls, npx pm2 reload all, npx pm2 delete all

or without PM2, each in its own terminal:

${byHand.join('\n')}

Ctrl-C stops the stores. Stop the services first.
`;
}
