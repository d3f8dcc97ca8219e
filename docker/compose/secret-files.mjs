// @ts-check
/** The secrets of each reader, as files: a folder that no other container mounts, and the user id that may read it. */
import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { databases, readers } from './readers.mjs';

/**
 * The values in the vault, made once and kept:
 * - sessionSecret, identityPrivateKey, identityPublicKey
 * - postgresPassword of the superuser, mongoRootPassword, and redisPassword of the administrator, from which the
 *   passwords of the services' users are derived
 * - for each service that needs it: <name>CursorSecret, <name>Password (of its role in PostgreSQL), <name>OwnerPassword
 *   (of the role that owns its tables; ownerPassword for the first service) and mongo<Name>Password
 * - rotation: the last step of a rotation in progress, and its time
 * @typedef {Record<string, string>} Values
 */

/** @typedef {{ userId: number, files: Record<string, string> }} Reader */

/** The user of the public images of PostgreSQL, Redis and MongoDB. */
const STORE_USER_ID = 999;

/** The services that a store has a user for. @param {string} store */
export const usersOf = (store) => [
  ...new Set(readers.flatMap(({ service, stores }) => (stores.includes(store) ? [service] : []))),
];

/** The services that have a file. @param {string} file */
export const holdersOf = (file) => readers.flatMap(({ service, files }) => (files.includes(file) ? [service] : []));

/** The name in the vault of a service's password for MongoDB. @param {string} service */
export const mongoPasswordOf = (service) => `mongo${service[0]?.toUpperCase()}${service.slice(1)}Password`;

/** The name in the vault of the password of the role that owns a service's tables. @param {string} service */
export const ownerPasswordOf = (service) =>
  databases[service]?.ownerPassword.replaceAll(/-(.)/g, (_, letter) => letter.toUpperCase()) ?? '';

/**
 * The contents of every file, by folder. Names are those of the settings, so that NAME_FILE=/run/secrets/name.
 * @param {Values} values
 * @returns {Record<string, Reader>}
 */
export function secretFiles(values) {
  const value = (/** @type {string} */ name) => values[name] ?? '';
  const own = readers.map(({ name, service, userId, files }) => {
    const texts = files.map((file) => [file, textOf(values, file, service)]);
    return [name, { userId, files: Object.fromEntries(texts) }];
  });
  const passwords = (/** @type {string} */ store, /** @type {(service: string) => string} */ nameOf) =>
    Object.fromEntries(usersOf(store).map((service) => [`${service}-password`, value(nameOf(service))]));
  return {
    .../** @type {Record<string, Reader>} */ (Object.fromEntries(own)),
    // The superuser's password, for the server's first start and for the job that makes the roles.
    postgres: { userId: STORE_USER_ID, files: { 'superuser-password': value('postgresPassword') } },
    roles: {
      userId: STORE_USER_ID,
      files: {
        'superuser-password': value('postgresPassword'),
        ...Object.fromEntries(
          Object.entries(databases).map(([service, database]) => [
            database?.ownerPassword,
            value(ownerPasswordOf(service)),
          ]),
        ),
        ...passwords('postgres', (service) => `${service}Password`),
      },
    },
    redis: {
      userId: STORE_USER_ID,
      files: {
        password: value('redisPassword'),
        'password.conf': `requirepass ${value('redisPassword')}`,
        'users.conf': redisUsers(values),
      },
    },
    mongo: {
      userId: STORE_USER_ID,
      files: { 'root-password': value('mongoRootPassword'), ...passwords('mongo', mongoPasswordOf) },
    },
  };
}

/**
 * @param {Values} values
 * @param {string} file
 * @param {string} service
 * @returns {string} the content of the file for that service, and for its migrations
 */
function textOf(values, file, service) {
  const { name: database, owner } = databases[service] ?? {};
  const texts = /** @type {Record<string, string | undefined>} */ ({
    'session-secret': values.sessionSecret,
    'identity-private-keys': values.identityPrivateKey,
    'identity-public-keys': values.identityPublicKey,
    'cursor-secrets': values[`${service}CursorSecret`],
    'redis-url': `redis://${service}:${redisPasswordOf(values, service)}@redis:6379`,
    'database-url': `postgres://${service}:${values[`${service}Password`]}@postgres:5432/${database}`,
    'database-owner-url': `postgres://${owner}:${values[ownerPasswordOf(service)]}@postgres:5432/${database}`,
    'mongo-url': `mongodb://${service}:${values[mongoPasswordOf(service)]}@mongo:27017/${service}`,
  });
  const text = texts[file];
  if (text === undefined) throw new Error(`the secret ${file} is unknown`);
  return text;
}

/**
 * The password is derived and not random, so that an installation of an earlier release gets the same one at each run.
 * @param {Values} values
 * @param {string} user
 */
function redisPasswordOf({ redisPassword = '' }, user) {
  return createHmac('sha256', redisPassword).update(`redis user ${user}`).digest('hex');
}

/**
 * Lines of redis.conf: the users of the services with the digests of their passwords.
 * @param {Values} values
 */
function redisUsers(values) {
  const rules = readFileSync(new URL('../redis/users.conf', import.meta.url), 'utf8');
  return rules.replace(/^user (\S+)/gm, (_, /** @type {string} */ user) => {
    const digest = createHash('sha256').update(redisPasswordOf(values, user)).digest('hex');
    return `user ${user} on #${digest}`;
  });
}
