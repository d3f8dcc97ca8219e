/**
 * npm start: starts the whole platform on this machine and prints a table of addresses. A fresh clone needs no other command.
 *
 *   npm start                 installs, builds, starts stores and services, seeds two demo users; Ctrl-C stops everything
 *   npm start -- --reset      deletes the data first
 *   npm run dev               runs the sources: after an edit, the affected services restart and the web pages reload
 */
import { startDevelopment } from '../dev/start-development.ts';
import { readSwitches } from '../options.ts';
import { entrance } from '../services.ts';
import { webDirectory } from '../start/build-web.ts'; // fork:remove web
import { makeDemoPage } from '../start/demo-page.ts'; // fork:remove web
import { prepareFoundation } from '../start/foundation.ts';
import { refuseTakenPorts, stopLeftovers } from '../start/leftovers.ts';
import { offerDemoUsers } from '../start/seed.ts';
import { runUntilStopped } from '../start/shutdown.ts';
import { startServices } from '../start/start-services.ts';
import { platformTable } from '../start/table.ts';
import { runCommand } from '../terminal.ts';

await runCommand(() => {
  const { reset, watch: watching } = readSwitches('reset', 'watch');
  return runUntilStopped(watching ? 'npm run dev' : 'npm start', async (settings, shutdown) => {
    await stopLeftovers(settings);
    await refuseTakenPorts(settings);
    const foundation = await prepareFoundation(settings, shutdown, { reset, withPages: !watching });
    if (watching) await startDevelopment(settings, foundation, shutdown);
    else {
      const environment: Record<string, string> = {};
      // fork:remove web
      const page = settings.find('WEB_DIRECTORY') ?? (await makeDemoPage(webDirectory, settings.dataDirectory));
      environment.WEB_DIRECTORY = page;
      // end of fork:remove web
      await startServices(settings, foundation, shutdown, { environment });
    }
    await offerDemoUsers(`http://127.0.0.1:${settings.ports[entrance].port}`);
    console.log(`\n${platformTable(settings, foundation.stores, watching)}\n`);
  });
});
