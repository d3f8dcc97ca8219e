import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startMongo } from './mongo.ts';
import { ownPostgresData, startPostgres, type Databases, type DatabaseUrls } from './postgres.ts';
import { stopRecorded } from '../processes/processes.ts';
import { freePort } from '../processes/ports.ts';
import { databases, forEachService } from '../services.ts';
import { startRedis } from './redis.ts';
import type { RedisUrls } from './redis-users.ts';
import { DEFAULT_PORTS, PORT_SETTINGS, type StoreName, type StorePlace } from './store-place.ts';
import type { SupervisedProcess } from '../processes/supervised-process.ts';

/** Stores that the user runs. A given store is used, and none is started in its place. */
export interface GivenStores {
  /** The URL for the first service with a database. */
  databaseUrl?: string | undefined;
  databaseOwnerUrl?: string | undefined;
  /** The URLs for the other services. */
  databases?: Databases;
  redisUrl?: string | undefined;
  mongoUrl?: string | undefined;
}

export interface OpenStoresOptions {
  /** Holds all data, logs and records of processes. Made if it does not exist. */
  directory: string;
  given?: GivenStores;
  /** Ports of 127.0.0.1; 0 takes any free one. Default 3910, 3911, 3912. */
  ports?: { postgres?: number; redis?: number; mongo?: number };
  /** For tests: a crash may lose the data, so that nothing waits for a disk. */
  throwaway?: boolean;
  /** Redis does not ask for a password, because settings that release 0.1.0 wrote do not name a user. */
  redisIsOpen?: boolean;
  /** Stops the start, and what was started before. */
  signal?: AbortSignal | undefined;
  /** Gets progress sentences, and later one whenever a store dies and runs again. */
  progress?: (sentence: string) => void;
}

/** The three stores, all of them ready. */
export interface Stores {
  /** Its own URLs are those of the first service with a database. */
  postgres: DatabaseUrls & { databases: Databases; adminUrl: string; servedBy: string };
  /** `url`: as the user that may do everything; `urls`: as each service connects. */
  redis: { url: string; urls: RedisUrls; servedBy: string };
  mongo: { url: string; servedBy: string };
  /** The stores that were started here, for a caller that stops or disturbs one. */
  processes: Partial<Record<StoreName, SupervisedProcess>>;
  /** Stops what was started here; resolves when it is gone. */
  close(): Promise<void>;
}

/** One or more stores could not be started: a readable sentence for each. */
export class StoresError extends Error {
  override name = 'StoresError';
}

const DATA = ['postgres-passwords.json', 'redis', 'redis-secret', 'redis-users.conf', 'mongo', 'mongo-stand-in'];
const GIVEN = 'given';

/**
 * Starts PostgreSQL, Redis and MongoDB, each on 127.0.0.1 unless it is given, and keeps them running. The data
 * survives a restart and a kill -9. First stops leftovers of a killed start.
 * @throws StoresError with one sentence when a store is missing, cannot start, or its port is taken; everything that
 * was started is stopped again
 */
export async function openStores(options: OpenStoresOptions): Promise<Stores> {
  const { directory, given = {}, throwaway = false, redisIsOpen: isOpen = false, signal } = options;
  const { progress = () => undefined } = options;
  const ports = { ...DEFAULT_PORTS, ...options.ports };
  await mkdir(directory, { recursive: true });
  await chmod(directory, 0o711); // PostgreSQL's own user has to pass
  const processes: Stores['processes'] = {};

  /** Starts one store, or uses the given one. */
  async function open<T extends { process: SupervisedProcess }, G>(
    store: StoreName,
    given: G | undefined,
    start: (place: StorePlace) => Promise<T>,
  ): Promise<T | G> {
    if (given) return given;
    const wanted = ports[store];
    const port = wanted === 0 ? await freePort() : wanted;
    const opened = await start({ directory, port, portSetting: PORT_SETTINGS[store], throwaway, signal, progress });
    processes[store] = opened.process;
    progress(`${opened.process.name} is ready on port ${port}`);
    return opened;
  }

  const close = async () => {
    await Promise.all(Object.values(processes).map((process) => process.stop()));
  };

  const results = await Promise.allSettled([
    open('postgres', givenPostgres(given), startPostgres),
    open('redis', givenRedis(given), (place) => startRedis({ ...place, isOpen })),
    open('mongo', given.mongoUrl === undefined ? undefined : { url: given.mongoUrl, servedBy: GIVEN }, startMongo),
  ]);
  const [postgres, redis, mongo] = results;
  if (postgres.status === 'fulfilled' && redis.status === 'fulfilled' && mongo.status === 'fulfilled') {
    return { postgres: postgres.value, redis: redis.value, mongo: mongo.value, processes, close };
  }
  await close();
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []));
  throw new StoresError(reasons.map((reason) => reason.message).join('\n'), { cause: reasons[0] });
}

/**
 * Deletes the data of all three stores of a directory, after it has stopped leftovers of a killed start. The caller
 * has made sure that the directory belongs to the platform.
 */
export async function wipeStores(directory: string): Promise<void> {
  for (const name of ['postgres', 'redis', 'mongo']) await stopRecorded(join(directory, `${name}.pid`));
  const cluster = await ownPostgresData(directory);
  const data = DATA.map((name) => join(directory, name));
  for (const place of cluster === undefined ? data : [cluster, ...data]) {
    await rm(place, { recursive: true, force: true });
  }
}

function givenRedis({ redisUrl: url }: GivenStores) {
  return url === undefined ? undefined : { url, urls: forEachService(() => url), servedBy: GIVEN };
}

/** @throws StoresError if a service has no database in a PostgreSQL that the user runs */
function givenPostgres({ databaseUrl: url, databaseOwnerUrl, databases: others = {} }: GivenStores) {
  if (url === undefined) return undefined;
  const ownerUrl = databaseOwnerUrl ?? url;
  const own = databases.map(({ service }, index) => {
    const urls = index === 0 ? { url, ownerUrl } : others[service];
    const setting = `${service.toUpperCase()}_DATABASE_URL`;
    if (!urls) throw new StoresError(`DATABASE_URL is set, so ${setting} must name the database of ${service}.`);
    return [service, urls] as const;
  });
  return { url, ownerUrl, databases: Object.fromEntries(own) as Databases, adminUrl: ownerUrl, servedBy: GIVEN };
}
