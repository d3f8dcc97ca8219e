// @ts-check
/** The stores of a test run: a temporary directory, free ports, nothing waits for a disk. */
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordProcess, recordedProcess, stopRecorded } from '../../platform/src/processes/processes.ts';
import { progress } from '../platform/terminal.mjs';

const PREFIX = 'mainstay-test-';

/** @typedef {{ environment: Record<string, string>, close(): Promise<void> }} TestStores */

/**
 * Starts the stores and names the variables by which tests find them. Those of a killed run are cleared away first.
 * @param {AbortSignal} signal gives the start up
 * @returns {Promise<TestStores>}
 */
export async function openTestStores(signal) {
  signal.throwIfAborted();
  const { openStores } = await import('../../platform/src/stores/open-stores.ts');
  await clearKilledRuns();
  const directory = await mkdtemp(join(tmpdir(), PREFIX));
  await recordProcess(join(directory, 'runner.pid'), process.pid, 'npm test');
  await chmod(directory, 0o711);
  const ports = { postgres: 0, redis: 0, mongo: 0 };
  const stores = await openStores({ directory, ports, throwaway: true, signal, progress });
  return {
    environment: {
      TEST_DATABASE_URL: stores.postgres.adminUrl,
      TEST_REDIS_URL: stores.redis.url,
      TEST_MONGO_URL: stores.mongo.url,
      TEST_STORES_DIRECTORY: directory,
    },
    async close() {
      await stores.close();
      await clear(directory);
    },
  };
}

/** What runs left behind that were killed before they could stop their stores. */
async function clearKilledRuns() {
  for (const name of await readdir(tmpdir())) {
    const directory = join(tmpdir(), name);
    if (!name.startsWith(PREFIX) || (await recordedProcess(join(directory, 'runner.pid')))) continue;
    await clear(directory).catch(() => undefined); // another user's
  }
}

/** @param {string} directory */
async function clear(directory) {
  const entries = await readdir(directory, { withFileTypes: true });
  // The run's own stores, and those that single tests have started.
  const places = ['.', ...entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)];
  const records = places.flatMap((place) => ['postgres', 'redis', 'mongo'].map((name) => join(place, `${name}.pid`)));
  for (const record of records) await stopRecorded(join(directory, record), { signal: 'SIGKILL' });
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
}
