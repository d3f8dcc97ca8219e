// @ts-check
/** Where the services of a release listen, by the rules by which they read their settings: their own name first, the environment before the service's file and `.env`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

/** What a release reads its settings from: the file of all, that of each service, and that of the migrations. */
export const settingsFiles = ['.env', '.env.gateway', '.env.accounts', '.env.activity', '.env.migrate'];

/** In the order in which they are replaced: what serves others comes before what asks them. */
export const services = /** @type {const} */ (['accounts', 'activity', 'gateway']);
/** @typedef {typeof services[number]} Service */

/** @typedef {{ host: string, port: number }} Address */
/** @typedef {{ open: Address, management: Address }} Addresses */

const defaultPorts = { gateway: [3000, 3900], accounts: [3001, 3901], activity: [3002, 3902] };

/**
 * @param {string} folder the release's
 * @returns {Record<Service, Addresses>}
 */
export function addressesOf(folder) {
  const find = finder(folder);
  /** @param {Service} service */
  const addresses = (service) => {
    const [port = 0, managementPort = 0] = defaultPorts[service];
    const open = address(find(service, 'HOST'), find(service, 'PORT'), port);
    const management = address(find(service, 'MANAGEMENT_HOST'), find(service, 'MANAGEMENT_PORT'), managementPort);
    return [service, { open, management }];
  };
  return Object.fromEntries(services.map(addresses));
}

/**
 * @param {string | undefined} host
 * @param {string | undefined} port
 * @param {number} otherwise
 * @returns {Address} from here: whoever listens everywhere also listens on loopback
 */
function address(host, port, otherwise) {
  const isEverywhere = host === undefined || host === '0.0.0.0' || host === '::';
  return { host: isEverywhere ? '127.0.0.1' : host, port: Number(port ?? otherwise) };
}

/** @param {string} folder */
function finder(folder) {
  const shared = readDotenv(join(folder, '.env'));
  /**
   * @param {Service} service
   * @param {string} name
   */
  return (service, name) => {
    const sources = [process.env, readDotenv(join(folder, `.env.${service}`)), shared];
    for (const form of [`${service.toUpperCase()}_${name}`, name]) {
      for (const source of sources) {
        const file = source[`${form}_FILE`];
        const value = source[form] || (file && readFileSync(file, 'utf8').trimEnd());
        if (value) return value;
      }
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
    return parseEnv(readFileSync(file, 'utf8'));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return {};
    throw error;
  }
}
