import { chmod, mkdir } from 'node:fs/promises';
import { freePort } from '../processes/ports.ts';
import { supervise, type SupervisedProcess } from '../processes/supervised-process.ts';
import { databases, forEachService, servicesWith, type ServiceName } from '../services.ts';
import { Refusal } from '../terminal.ts';
import { planMongo } from './mongo.ts';
import { planPostgres, type Databases, type DatabaseUrls } from './postgres.ts';
import { planRedis } from './redis.ts';
import type { PlannedStore, StoreName, StorePlace } from './store-place.ts';

/** *Given* stores are stores that the user runs. openStores does not start given stores. */
export interface GivenStores {
  /** `databaseUrl` and `databaseOwnerUrl` belong to the first service in services.ts that uses PostgreSQL. */
  databaseUrl?: string | undefined;
  databaseOwnerUrl?: string | undefined;
  /** The database URLs of all later services in services.ts that use PostgreSQL. */
  databases?: Databases;
  redisUrl?: string | undefined;
  mongoUrl?: string | undefined;
}

export interface OpenStoresOptions {
  /** Path of the directory for the data, logs and pid files of the stores. openStores makes a missing directory. */
  directory: string;
  given?: GivenStores;
  /** Ports on 127.0.0.1. The value 0 means any free port. */
  ports: Record<StoreName, number>;
  throwaway?: StorePlace['throwaway'];
  /** Whether Redis accepts clients without a password. REDIS_URL in a `.env` from release 0.1.0 has no password. */
  redisIsOpen?: boolean;
  /** If this AbortSignal aborts before all stores are ready, openStores stops the started stores and rejects. */
  signal?: AbortSignal | undefined;
  /** Receives a sentence for each step of openStores, and later for each end and restart of a store. */
  progress?: (sentence: string) => void;
}

/** The three stores, all of them ready. */
export interface Stores {
  /** `url` and `ownerUrl` belong to the first service in services.ts that uses PostgreSQL. */
  postgres: DatabaseUrls & { databases: Databases; adminUrl: string; servedBy: string };
  /** `url` is for a user with all rights, or is the URL of a given Redis. */
  redis: { url: string; urls: Record<ServiceName, string>; servedBy: string };
  mongo: { url: string; urls: Record<ServiceName, string>; servedBy: string };
  /** The processes of the stores that openStores has started. A given store does not have a process here. */
  processes: Partial<Record<StoreName, SupervisedProcess>>;
  close(): Promise<void>;
}

const GIVEN = 'given';

/**
 * Starts PostgreSQL, Redis and MongoDB on 127.0.0.1, except given stores. If a killed process left a store running,
 * first stops that store. Restarts a store that ends. Without `throwaway`, the data survives a `kill -9`.
 * @throws Refusal with a sentence for each store that does not start. openStores first stops all started stores.
 */
export async function openStores(options: OpenStoresOptions): Promise<Stores> {
  const { directory, ports, given = {}, throwaway = false, progress = () => undefined, signal } = options;
  const { databaseUrl, redisUrl, mongoUrl } = given;
  await mkdir(directory, { recursive: true });
  await chmod(directory, 0o711); // the user `postgres` must be able to enter the directory
  const processes: Stores['processes'] = {};

  async function start<T extends PlannedStore>(
    store: StoreName,
    planFor: (place: StorePlace) => Promise<T>,
  ): Promise<T> {
    const port = ports[store] === 0 ? await freePort() : ports[store];
    const place = { directory, port, throwaway, progress };
    const planned = await planFor(place);
    processes[store] = await supervise(planned.plan, { report: progress, attempts: 3, signal });
    await planned.afterStart?.();
    signal?.throwIfAborted();
    progress(`${planned.plan.name} is ready on port ${port}`);
    return planned;
  }

  const close = async () => {
    await Promise.all(Object.values(processes).map((process) => process.stop()));
  };

  const starts = [
    databaseUrl ? Promise.resolve(givenPostgres(databaseUrl, given)) : start('postgres', planPostgres),
    redisUrl
      ? Promise.resolve({ url: redisUrl, urls: forEachService(() => redisUrl), servedBy: GIVEN })
      : start('redis', (place) => planRedis(place, options)),
    mongoUrl ? Promise.resolve({ url: mongoUrl, servedBy: GIVEN }) : start('mongo', planMongo),
  ] as const;
  const results = await Promise.allSettled(starts);
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []));
  if (reasons.length > 0) {
    await close();
    throw new Refusal(reasons.map((reason) => reason.message).join('\n'), { cause: reasons[0] });
  }
  const [postgres, redis, mongo] = await Promise.all(starts);
  return { postgres, redis, mongo: { ...mongo, urls: mongoUrls(mongo.url) }, processes, close };
}

function givenPostgres(url: string, { databaseOwnerUrl: ownerUrl = url, databases: others = {} }: GivenStores) {
  const own = databases.map(({ service }, index) => {
    const urls = index === 0 ? { url, ownerUrl } : others[service];
    const setting = `${service.toUpperCase()}_DATABASE_URL`;
    if (!urls) throw new Refusal(`DATABASE_URL is set, so ${setting} must name the database of ${service}.`);
    return [service, urls] as const;
  });
  return { url, ownerUrl, databases: Object.fromEntries(own) as Databases, adminUrl: ownerUrl, servedBy: GIVEN };
}

/** The first service that uses MongoDB gets the given URL. Other services get a database with the service's name. */
function mongoUrls(url: string): Record<ServiceName, string> {
  const [first] = servicesWith('mongo');
  return forEachService((name) => (name === first ? url : url.replace(/^([^:]+:\/\/[^/?]+)(\/[^?]*)?/, `$1/${name}`)));
}
