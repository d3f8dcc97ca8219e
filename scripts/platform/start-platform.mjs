// @ts-check
import { refuseTakenPorts, stopLeftoverServices } from './leftovers.mjs';
import { openPlatformStores } from './open-platform-stores.mjs';
import { runUntilStopped } from './run-until-stopped.mjs';
import { seedDemoUsers } from './seed.mjs';
import { startServices } from './services.mjs';
import { build, install } from './setup.mjs';
import { buildWeb, webDirectory } from './build-web.mjs';
import { platformTable } from './table.mjs';
import { during, progress } from './terminal.mjs';
import { watch } from './watch.mjs';

/**
 * From a fresh clone to a running platform, and, after Ctrl-C, to nothing left running.
 * @param {string[]} args
 */
export function startPlatform(args) {
  const watching = args.includes('--watch');
  const name = watching ? 'npm run dev' : 'npm start';
  return runUntilStopped({ name, args, options: ['--reset', '--watch'] }, async (settings, shutdown) => {
    await stopLeftoverServices(settings);
    await refuseTakenPorts(settings);
    await install();
    await build();
    await buildWeb();
    shutdown.signal.throwIfAborted();
    const foundation = await openPlatformStores(settings, shutdown, { reset: args.includes('--reset') });
    shutdown.signal.throwIfAborted();
    const environment = { WEB_DIRECTORY: settings.find('WEB_DIRECTORY') ?? webDirectory };
    const services = await startServices(settings, foundation, shutdown, { environment, inspect: watching });
    await seed(`http://127.0.0.1:${settings.ports.gateway.port}`);
    if (watching) shutdown.onClose(watch(services, foundation));
    console.log(`\n${platformTable(settings, foundation.stores, { watching })}\n`);
  });
}

/** @param {string} gatewayUrl */
async function seed(gatewayUrl) {
  try {
    await during('Seeding the demo users', () => seedDemoUsers(gatewayUrl));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    progress(`The demo users could not be seeded; the platform works without them. ${reason}`);
  }
}
