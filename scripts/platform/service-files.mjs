// @ts-check
/** The settings of services that are started by hand or by PM2: `.env` for all of them, and one file each with the secrets that it needs. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { root } from './root.mjs';

/** @typedef {Record<string, string | number>} Values */

/**
 * Writes the files that are missing; one that is there is never touched.
 * @param {import('./settings.mjs').Settings} settings
 * @param {import('./open-platform-stores.mjs').Foundation} foundation
 * @returns {Promise<string[]>} one sentence about each thing that the reader should know
 */
export async function writeMissingSettings(settings, foundation) {
  /** @type {string[]} */
  const written = [];
  const sentences = [];
  for (const [file, { title, values }] of Object.entries(filesOf(settings, foundation))) {
    if (await writeNew(file, title, values)) written.push(file);
    else if (await namesOtherStores(file, values))
      sentences.push(`${file} names other stores. Delete it and run this again for one that fits these.`);
  }
  if (written.length > 0)
    sentences.unshift(`Written: ${written.join(', ')}. Each service reads .env and its own file.`);
  if ((await secretsIn('.env')).length > 0)
    sentences.push(
      '.env still holds the secrets of all services. Delete those lines when you no longer need to go back to 0.1.0; docs/bare-metal.md.',
    );
  return sentences;
}

/**
 * What each reader needs, and nothing else.
 * @param {import('./settings.mjs').Settings} settings
 * @param {import('./open-platform-stores.mjs').Foundation} foundation
 * @returns {Record<string, { title: string, values: Values }>}
 */
function filesOf({ ports, find }, { stores: { postgres, redis, mongo }, secrets }) {
  const { SESSION_SECRET, CURSOR_SECRETS, IDENTITY_PRIVATE_KEYS, IDENTITY_PUBLIC_KEYS } = secrets;
  return {
    '.env': {
      title: 'Settings that all services may read. Secrets belong into the files of the services.',
      values: portSettings(ports),
    },
    '.env.gateway': {
      title: 'Settings of the gateway. Anyone who reads it can sign sessions and tokens.',
      values: {
        REDIS_URL: redis.urls.gateway,
        ACCOUNTS_URL: find('ACCOUNTS_URL') ?? `http://127.0.0.1:${ports.accounts.port}`,
        ACTIVITY_URL: find('ACTIVITY_URL') ?? `http://127.0.0.1:${ports.activity.port}`,
        WEB_DIRECTORY: find('WEB_DIRECTORY') ?? 'services/web/dist', // seen from where the gateway starts, so that each release serves its own
        SESSION_SECRET,
        IDENTITY_PRIVATE_KEYS,
      },
    },
    '.env.accounts': {
      title: 'Settings of the accounts service.',
      values: { DATABASE_URL: postgres.url, REDIS_URL: redis.urls.accounts, CURSOR_SECRETS, IDENTITY_PUBLIC_KEYS },
    },
    '.env.activity': {
      title: 'Settings of the activity service.',
      values: { MONGO_URL: mongo.url, REDIS_URL: redis.urls.activity, CURSOR_SECRETS, IDENTITY_PUBLIC_KEYS },
    },
    '.env.migrate': {
      title: 'Settings of the migrations, which run as the owner of the tables. No service reads it.',
      values: { DATABASE_URL: postgres.url, DATABASE_OWNER_URL: postgres.ownerUrl },
    },
  };
}

/**
 * Anyone who starts the services need not know what this shell has set.
 * @param {import('./settings.mjs').Settings['ports']} ports
 * @returns {Values}
 */
function portSettings(ports) {
  return Object.fromEntries(
    Object.entries(ports).flatMap(([service, { port, managementPort }]) => [
      [`${service.toUpperCase()}_PORT`, port],
      [`${service.toUpperCase()}_MANAGEMENT_PORT`, managementPort],
    ]),
  );
}

/**
 * @param {string} file
 * @param {string} title
 * @param {Values} values
 * @returns {Promise<boolean>} false where it is there already
 */
async function writeNew(file, title, values) {
  const lines = Object.entries(values).map(([name, value]) => `${name}=${value}`);
  try {
    const text = [`# Written by npm run stores. ${title}`, ...lines, ''].join('\n');
    await writeFile(join(root, file), text, { mode: 0o600, flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * @param {string} file
 * @param {Values} values
 */
async function namesOtherStores(file, values) {
  const found = await read(file);
  return ['DATABASE_URL', 'REDIS_URL', 'MONGO_URL'].some(
    (name) => values[name] !== undefined && found[name] !== undefined && found[name] !== values[name],
  );
}

/** @param {string} file */
async function secretsIn(file) {
  return Object.keys(await read(file)).filter((name) =>
    /^(SESSION_SECRET|CURSOR_SECRETS|IDENTITY_PRIVATE_KEYS)$/.test(name),
  );
}

/**
 * @param {string} file
 * @returns {Promise<NodeJS.Dict<string>>}
 */
async function read(file) {
  return parseEnv(await readFile(join(root, file), 'utf8'));
}
