/**
 * Reads the settings of the commands from the sources of the services. The first source with a value counts: the
 * environment, then `.env.<service>`, then `.env`. In each source, NAME contains the value, or NAME_FILE names a file
 * that contains the value.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { wholeNumber } from './options.ts';
import { root } from './root.ts';
import { databases, forEachService, serviceOf, type Service, type ServiceName } from './services.ts';
import type { GivenStores } from './stores/open-stores.ts';
import type { Databases } from './stores/postgres.ts';
import { STORES, type StoreName } from './stores/store-place.ts';
import { Refusal } from './terminal.ts';

/** The two ports of 127.0.0.1 that a service listens on. */
export type ServicePorts = Pick<Service, 'port' | 'managementPort'>;

/** A port of 127.0.0.1 that a program will listen on. */
export interface Listener {
  port: number;
  setting: string;
}

export interface Settings {
  dataDirectory: string;
  /** The directory in which the services run and from which they read `.env`. */
  workingDirectory: string;
  ports: Record<ServiceName, ServicePorts>;
  storePorts: Record<StoreName, number>;
  given: GivenStores;
  /** Returns a setting, or the text of the file in `<name>_FILE`. With `service`, also reads `.env.<service>`. */
  find: (name: string, service?: ServiceName) => string | undefined;
  /** Whether REDIS_URL names the Redis of `npm start` without a user name. Release 0.1.0 wrote such a URL to `.env`. */
  namesOpenRedis: boolean;
}

/** Reads the settings of a directory. @throws Refusal when a port is invalid */
export function readSettings(directory = root): Settings {
  const find = finder(directory);
  const storePorts = {
    postgres: portOf(find, STORES.postgres),
    redis: portOf(find, STORES.redis),
    mongo: portOf(find, STORES.mongo),
  };
  const redisUrl = find('REDIS_URL');
  return {
    dataDirectory: resolve(directory, find('DATA_DIRECTORY') ?? '.data'),
    workingDirectory: directory,
    ports: forEachService((name) => {
      const [open, management] = listenersOf(name, serviceOf(name));
      return { port: portOf(find, open), managementPort: portOf(find, management) };
    }),
    storePorts,
    given: {
      databaseUrl: unlessEmbedded(find('DATABASE_URL'), storePorts.postgres),
      databaseOwnerUrl: unlessEmbedded(find('DATABASE_OWNER_URL'), storePorts.postgres),
      databases: givenDatabases(find),
      redisUrl: unlessEmbedded(redisUrl, storePorts.redis),
      mongoUrl: unlessEmbedded(find('MONGO_URL'), storePorts.mongo),
    },
    find,
    namesOpenRedis: redisUrl !== undefined && isEmbedded(redisUrl, storePorts.redis) && !redisUrl.includes('@'),
  };
}

export function listenersOf(name: ServiceName, { port, managementPort }: ServicePorts): [Listener, Listener] {
  const prefix = name.toUpperCase();
  return [
    { port, setting: `${prefix}_PORT` },
    { port: managementPort, setting: `${prefix}_MANAGEMENT_PORT` },
  ];
}

/** Reads settings such as CATALOG_DATABASE_URL for all PostgreSQL services except the first PostgreSQL service. */
export function givenDatabases(find: Settings['find']): Databases {
  const given = databases.slice(1).map(({ service }) => {
    const [url, ownerUrl = url] = ['URL', 'OWNER_URL'].map((name) => find(`${service.toUpperCase()}_DATABASE_${name}`));
    return [service, url === undefined ? undefined : { url, ownerUrl }];
  });
  return Object.fromEntries(given) as Databases;
}

export function readDotenv(file: string): NodeJS.Dict<string> {
  return existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
}

/**
 * Returns the URL of a store that the user runs. Returns undefined for an *embedded* store, which is a store that the
 * platform runs. `.env` can contain the URLs of embedded stores, because `npm run stores` writes these URLs.
 */
function unlessEmbedded(url: string | undefined, ownPort: number): string | undefined {
  return url !== undefined && isEmbedded(url, ownPort) ? undefined : url;
}

function isEmbedded(url: string, ownPort: number): boolean {
  if (!URL.canParse(url)) return false; // for example, a URL with several hosts never names an embedded store
  const { hostname, port } = new URL(url);
  return hostname === '127.0.0.1' && port === String(ownPort);
}

function finder(directory: string): Settings['find'] {
  const shared = readDotenv(join(directory, '.env'));
  return (name, service) => {
    const own = service ? [readDotenv(join(directory, `.env.${service}`))] : [];
    for (const source of [process.env, ...own, shared]) {
      if (source[name]) return source[name];
      const file = source[`${name}_FILE`];
      if (file) return readSettingFile(`${name}_FILE`, file);
    }
    return undefined;
  };
}

function readSettingFile(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').trimEnd();
  } catch (error) {
    throw new Refusal(`${name} names a file that cannot be read: ${(error as Error).message}`);
  }
}

function portOf(find: Settings['find'], { port, setting }: Listener): number {
  return wholeNumber(setting, find(setting) ?? port, 1, 65_535);
}
