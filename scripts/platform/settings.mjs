// @ts-check
/** The settings that the scripts themselves need, read as the services read theirs: the real environment before `.env`, NAME before NAME_FILE. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { root } from './root.mjs';
import { Refusal } from './terminal.mjs';

/** The services, in the order in which the table shows them. */
export const services = /** @type {const} */ (['gateway', 'accounts', 'activity']);
/** @typedef {typeof services[number]} Service */

/** @typedef {{ port: number, managementPort: number }} ServicePorts */
/**
 * @typedef {object} Settings
 * @property {string} dataDirectory
 * @property {Record<Service, ServicePorts>} ports
 * @property {{ postgres: number, redis: number, mongo: number }} storePorts
 * @property {import('../../platform/src/stores/open-stores.ts').GivenStores} given
 * @property {Find} find
 * @property {boolean} namesOpenRedis the settings that release 0.1.0 wrote are in use: they reach the own Redis without a user
 */
/**
 * What is set by a name, in any of its forms; with a service, also in the file of that service.
 * @typedef {(name: string, service?: Service) => string | undefined} Find
 */

/**
 * @returns {Settings}
 * @throws Refusal when a port is no port
 */
export function readSettings() {
  const find = finder();
  const storePorts = {
    postgres: port(find, 'STORES_POSTGRES_PORT', 3910),
    redis: port(find, 'STORES_REDIS_PORT', 3911),
    mongo: port(find, 'STORES_MONGO_PORT', 3912),
  };
  return {
    dataDirectory: resolve(root, find('DATA_DIRECTORY') ?? '.data'),
    ports: {
      gateway: { port: port(find, 'GATEWAY_PORT', 3000), managementPort: port(find, 'GATEWAY_MANAGEMENT_PORT', 3900) },
      accounts: {
        port: port(find, 'ACCOUNTS_PORT', 3001),
        managementPort: port(find, 'ACCOUNTS_MANAGEMENT_PORT', 3901),
      },
      activity: {
        port: port(find, 'ACTIVITY_PORT', 3002),
        managementPort: port(find, 'ACTIVITY_MANAGEMENT_PORT', 3902),
      },
    },
    storePorts,
    given: {
      databaseUrl: elsewhere(find('DATABASE_URL'), storePorts.postgres),
      databaseOwnerUrl: elsewhere(find('DATABASE_OWNER_URL'), storePorts.postgres),
      redisUrl: elsewhere(find('REDIS_URL'), storePorts.redis),
      mongoUrl: elsewhere(find('MONGO_URL'), storePorts.mongo),
    },
    find,
    namesOpenRedis: find('REDIS_URL') !== undefined && namesNoUser(find('REDIS_URL') ?? '', storePorts.redis),
  };
}

/**
 * @param {string} url
 * @param {number} ownPort
 */
function namesNoUser(url, ownPort) {
  if (!URL.canParse(url)) return false;
  const { hostname, port, username, password } = new URL(url);
  return hostname === '127.0.0.1' && port === String(ownPort) && username === '' && password === '';
}

/**
 * A store that is given. The `.env` that `npm run stores` writes names the embedded ones: those are ours to start.
 * @param {string | undefined} url
 * @param {number} ownPort
 */
function elsewhere(url, ownPort) {
  if (url === undefined || !URL.canParse(url)) return url; // some lists of hosts are no URL for Node.js
  const { hostname, port } = new URL(url);
  return hostname === '127.0.0.1' && port === String(ownPort) ? undefined : url;
}

/** @returns {Find} */
function finder() {
  const shared = readDotenv('.env');
  return (name, service) => {
    const sources = service ? [process.env, readDotenv(`.env.${service}`), shared] : [process.env, shared];
    for (const source of sources) {
      if (source[name]) return source[name];
      const file = source[`${name}_FILE`];
      if (file) return readFileSync(file, 'utf8').trimEnd();
    }
    return undefined;
  };
}

/**
 * @param {string} file
 * @returns {NodeJS.Dict<string>}
 */
function readDotenv(file) {
  try {
    return parseEnv(readFileSync(join(root, file), 'utf8'));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return {};
    throw error;
  }
}

/**
 * @param {Find} find
 * @param {string} name
 * @param {number} otherwise
 */
function port(find, name, otherwise) {
  const text = find(name);
  const value = text === undefined ? otherwise : Number(text);
  if (Number.isInteger(value) && value > 0 && value < 65_536) return value;
  throw new Refusal(`${name} must be a port, 1 to 65535, but is "${text}".`);
}
