import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../root.ts';
import { buildWeb } from '../start/build-web.ts'; // fork:remove web
import { build, install } from '../start/install.ts';
import { prepareStorePrograms } from '../start/foundation.ts';
import type { Stores } from '../stores/open-stores.ts';
import { progress, runCommand } from '../terminal.ts';
import { openRunFolder } from './run-folder.ts';

const INTERRUPTED = 130;
const VARIABLES = ['TEST_DATABASE_URL', 'TEST_REDIS_URL', 'TEST_MONGO_URL'];

/**
 * Installs, builds, and runs jest against real stores, or against the stores that TEST_… variables name. If this
 * process ends or is killed, every process of the run ends too. `args` are arguments of jest, or --keep. With --keep,
 * jest does not run, and the stores run until Ctrl-C.
 */
export function runTests(args: string[]): Promise<void> {
  return runCommand(async () => {
    const ending = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ending.abort());
    const cacheDirectory = join(tmpdir(), `jest_mainstay_${process.getuid?.()}`);
    const folder = await openRunFolder();
    let opening: Promise<Stores> | undefined;
    try {
      const isGiven = VARIABLES.every((name) => process.env[name]);
      const programs = isGiven ? undefined : prepareStorePrograms({});
      await install();
      opening = programs?.then(() => openTestStores(folder.path, ending.signal));
      if (args.includes('--keep')) return await keepStores(await opening, ending.signal);
      const [stores] = await Promise.all([
        opening,
        build(),
        buildWeb(), // fork:remove web
      ]);
      const environment = { ...(stores && variablesOf(stores)), TEST_STORES_DIRECTORY: folder.path };
      return await runJest([`--cacheDirectory=${cacheDirectory}`, ...args], environment, ending.signal);
    } catch (error) {
      if (ending.signal.aborted) return INTERRUPTED;
      throw error;
    } finally {
      // If the build fails, the stores can still be starting.
      ending.abort();
      const stores = await opening?.catch(() => undefined);
      await stores?.close();
      await folder.end();
    }
  });
}

async function openTestStores(directory: string, signal: AbortSignal): Promise<Stores> {
  signal.throwIfAborted();
  const { openStores } = await import('../stores/open-stores.ts');
  return openStores({ directory, ports: { postgres: 0, redis: 0, mongo: 0 }, throwaway: true, signal, progress });
}

function variablesOf({ postgres, redis, mongo }: Stores): Record<string, string> {
  return { TEST_DATABASE_URL: postgres.adminUrl, TEST_REDIS_URL: redis.url, TEST_MONGO_URL: mongo.url };
}

async function keepStores(stores: Stores | undefined, signal: AbortSignal): Promise<number> {
  if (!stores) return 0;
  for (const [name, value] of Object.entries(variablesOf(stores))) console.log(`export ${name}='${value}'`);
  progress('The stores of the tests run until Ctrl-C. In another terminal, paste the lines above, then');
  progress('NODE_OPTIONS=--experimental-vm-modules npx jest services/accounts');
  if (!signal.aborted) await once(signal, 'abort');
  return 0;
}

async function runJest(args: string[], environment: Record<string, string>, signal: AbortSignal): Promise<number> {
  signal.throwIfAborted();
  const options = `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --disable-warning=ExperimentalWarning`;
  const child = spawn(process.execPath, [join(root, 'node_modules/jest/bin/jest.js'), ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...environment, NODE_OPTIONS: options.trim() },
  });
  // This kills only jest. Afterwards `folder.end` kills the workers of jest, and the processes of the workers.
  signal.addEventListener('abort', () => child.kill('SIGKILL'));
  return new Promise((resolve) => child.once('close', (code) => resolve(code ?? INTERRUPTED)));
}
