/** Runs a temporary platform for one run of a proof or a benchmark. The stores and services use free ports. */
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeOwnFolder, removeOwnFolder } from '@mainstay/platform/own-folder';
import { freePort } from '@mainstay/platform/processes/ports';
import type { SupervisedProcess } from '@mainstay/platform/processes/supervised-process';
import { entrance, forEachService, serviceNames, type ServiceName } from '@mainstay/platform/services';
import type { ServicePorts, Settings } from '@mainstay/platform/settings';
import type { Stores } from '@mainstay/platform/stores/open-stores';
import type { StoreName } from '@mainstay/platform/stores/store-place';
import { openPlatformStores, prepareStores } from '@mainstay/platform/start/foundation';
import type { Foundation } from '@mainstay/platform/start/service-settings';
import { listenForShutdown, type Shutdown } from '@mainstay/platform/start/shutdown';
import { startServices } from '@mainstay/platform/start/start-services';

/** A process of the platform that a run can disturb. */
export type Part = ServiceName | StoreName;

export interface OwnPlatform {
  /** The address of the gateway. */
  url: string;
  managementUrls: Record<ServiceName, string>;
  settings: Settings;
  stores: Stores;
  secrets: Foundation['secrets'];
  parts: Record<Part, SupervisedProcess>;
  directory: string;
}

/** Temporary stores after all migrations. `settings` contains free ports for the services. */
export interface OwnStores {
  settings: Settings;
  foundation: Foundation;
  shutdown: Shutdown;
  directory: string;
}

/**
 * Runs `work` on a temporary platform. Ctrl-C aborts the AbortSignal that `work` gets, and stops the platform.
 * The stores write to disk, as under `npm start`. The services must be built.
 */
export function withOwnPlatform<Result>(
  {
    name,
    tell,
    environment = {},
  }: { name: string; tell: (sentence: string) => void; environment?: Record<string, string> },
  work: (platform: OwnPlatform, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  return withOwnStores({ name, tell }, async ({ settings, foundation, shutdown, directory }) => {
    const running = await startServices(settings, foundation, shutdown, {
      tell,
      isShown: () => false,
      environment,
    });
    const { postgres, redis, mongo } = foundation.stores.processes;
    if (!postgres || !redis || !mongo)
      throw new Error('This platform needs its own stores. Unset DATABASE_URL, REDIS_URL and MONGO_URL.');
    const platform = {
      url: `http://127.0.0.1:${settings.ports[entrance].port}`,
      managementUrls: forEachService((service) => `http://127.0.0.1:${settings.ports[service].managementPort}`),
      settings,
      stores: foundation.stores,
      secrets: foundation.secrets,
      parts: { ...running, postgres, redis, mongo },
      directory,
    };
    return work(platform, shutdown.signal);
  });
}

/**
 * Runs `work` on temporary stores, without services. Closers that `work` adds to `shutdown` run before the stores stop.
 * @param options given: URLs of running stores to use instead of temporary stores
 */
export async function withOwnStores<Result>(
  { name, tell, given = {} }: { name: string; tell: (sentence: string) => void; given?: Settings['given'] },
  work: (stores: OwnStores) => Promise<Result>,
): Promise<Result> {
  const directory = await makeOwnFolder(join(tmpdir(), `mainstay-${name}-`), name);
  const shutdown = listenForShutdown(directory);
  shutdown.onClose(() => removeOwnFolder(directory));
  try {
    await mkdir(join(directory, 'logs'));
    const settings = { ...(await settingsOf(directory)), given };
    const stores = await openPlatformStores(settings, shutdown, tell);
    const foundation = await prepareStores(settings, stores);
    return await work({ settings, foundation, shutdown, directory });
  } finally {
    await shutdown.close();
  }
}

/** Ignores `.env` and environment variables, so that the platform depends only on the arguments of the run. */
async function settingsOf(directory: string): Promise<Settings> {
  const entries = serviceNames.map(async (name) => [
    name,
    { port: await freePort(), managementPort: await freePort() },
  ]);
  return {
    dataDirectory: directory,
    workingDirectory: directory,
    ports: Object.fromEntries((await Promise.all(entries)) as [ServiceName, ServicePorts][]) as Settings['ports'],
    storePorts: { postgres: 0, redis: 0, mongo: 0 },
    given: {},
    find: () => undefined,
    namesOpenRedis: false,
  };
}
