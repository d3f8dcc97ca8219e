// @ts-check
/** A whole platform for one run of a campaign or drill: stores and services of its own on free ports, in a directory that is removed at the end. */
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../platform/src/processes/ports.ts';
import { openPlatformStores } from './open-platform-stores.mjs';
import { startServices } from './services.mjs';
import { services } from './settings.mjs';
import { listenForShutdown } from './shutdown.mjs';

/** @typedef {import('../../platform/src/processes/supervised-process.ts').SupervisedProcess} SupervisedProcess */
/** @typedef {import('./settings.mjs').Service} Service */
/** @typedef {Service | 'postgres' | 'redis' | 'mongo'} Part */

/**
 * @typedef {object} OwnPlatform
 * @property {string} url the gateway's
 * @property {Record<Service, string>} managementUrls
 * @property {import('./settings.mjs').Settings} settings
 * @property {import('../../platform/src/stores/open-stores.ts').Stores} stores
 * @property {Record<Part, SupervisedProcess>} parts
 * @property {string} directory
 */

/**
 * @typedef {object} OwnStores
 * @property {import('./settings.mjs').Settings} settings
 * @property {import('./open-platform-stores.mjs').Foundation} foundation
 * @property {import('./shutdown.mjs').Shutdown} shutdown
 * @property {string} directory
 */

/**
 * Opens a platform, runs the work on it, and stops and removes all of it: when the work ends, when it fails, and on Ctrl-C, which aborts the signal.
 * The stores are those of `npm start`: they wait for the disk, and Redis keeps an append-only file. The services must be built.
 * @template T
 * @param {{ name: string, tell: (sentence: string) => void, environment?: Record<string, string> }} options
 * @param {(platform: OwnPlatform, signal: AbortSignal) => Promise<T>} work
 * @returns {Promise<T>}
 */
export function withOwnPlatform({ name, tell, environment = {} }, work) {
  return withOwnStores({ name, tell }, async ({ settings, foundation, shutdown, directory }) => {
    const running = await startServices(settings, foundation, shutdown, { tell, showLogs: false, environment });
    const { postgres, redis, mongo } = foundation.stores.processes;
    if (!postgres || !redis || !mongo) throw new Error('A store was given; this platform needs its own.');
    const { ports } = settings;
    return await work(
      {
        url: `http://127.0.0.1:${ports.gateway.port}`,
        managementUrls: /** @type {Record<Service, string>} */ (
          Object.fromEntries(services.map((service) => [service, `http://127.0.0.1:${ports[service].managementPort}`]))
        ),
        settings,
        stores: foundation.stores,
        parts: { ...running, postgres, redis, mongo },
        directory,
      },
      shutdown.signal,
    );
  });
}

/**
 * The same without the services, for whoever runs those in another way: migrated stores, free ports, secrets. What the work opens it registers with
 * `shutdown`, which closes it before the stores.
 * @template T
 * @param {{ name: string, tell: (sentence: string) => void, given?: import('./settings.mjs').Settings['given'] }} options given: stores that run already
 * @param {(stores: OwnStores) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withOwnStores({ name, tell, given = {} }, work) {
  const directory = await mkdtemp(join(tmpdir(), `mainstay-${name}-`));
  await chmod(directory, 0o711); // PostgreSQL's own user has to pass
  const shutdown = listenForShutdown(directory);
  shutdown.onClose(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
  try {
    await mkdir(join(directory, 'logs'));
    const settings = { ...(await settingsOf(directory)), given };
    const foundation = await openPlatformStores(settings, shutdown, { reset: false, tell });
    return await work({ settings, foundation, shutdown, directory });
  } finally {
    await shutdown.close();
  }
}

/**
 * Nothing is read from `.env` or the environment: a run depends on its own arguments alone.
 * @param {string} directory
 * @returns {Promise<import('./settings.mjs').Settings>}
 */
async function settingsOf(directory) {
  const ports = Object.fromEntries(
    await Promise.all(
      services.map(async (name) => [name, { port: await freePort(), managementPort: await freePort() }]),
    ),
  );
  return {
    dataDirectory: directory,
    ports: /** @type {import('./settings.mjs').Settings['ports']} */ (ports),
    storePorts: { postgres: 0, redis: 0, mongo: 0 },
    given: {},
    find: () => undefined,
    namesOpenRedis: false,
  };
}
