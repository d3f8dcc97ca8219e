import { startDevelopment } from '../dev/start-development.ts';
import { webDirectory } from './build-web.ts'; // feature: web
import { makeDemoPage } from './demo-page.ts'; // feature: web
import { refuseTakenPorts, stopLeftovers } from './leftovers.ts';
import { prepareFoundation } from './foundation.ts';
import { runUntilStopped } from './run-until-stopped.ts';
import { offerDemoUsers } from './seed.ts';
import { entrance } from '../services.ts';
import { startServices } from './start-services.ts';
import { platformTable } from './table.ts';

/** Installs, builds and starts the platform, also in a fresh clone. Ctrl-C stops everything. */
export function startPlatform({ reset, watching }: { reset: boolean; watching: boolean }): Promise<void> {
  return runUntilStopped(watching ? 'npm run dev' : 'npm start', async (settings, shutdown) => {
    await stopLeftovers(settings);
    await refuseTakenPorts(settings);
    const foundation = await prepareFoundation(settings, shutdown, { reset, withPages: !watching });
    if (watching) await startDevelopment(settings, foundation, shutdown);
    else {
      const environment: Record<string, string> = {};
      // feature: web
      const page = settings.find('WEB_DIRECTORY') ?? (await makeDemoPage(webDirectory, settings.dataDirectory));
      environment.WEB_DIRECTORY = page;
      // end feature: web
      await startServices(settings, foundation, shutdown, { environment });
    }
    await offerDemoUsers(`http://127.0.0.1:${settings.ports[entrance].port}`);
    console.log(`\n${platformTable(settings, foundation.stores, { watching })}\n`);
  });
}
