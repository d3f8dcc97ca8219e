// @ts-check
/** Who gets which secret, as files: a folder for each that nobody else mounts, and the user id that may read it. */
import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';

/**
 * @typedef {object} Values what is made once and kept
 * @property {string} sessionSecret a list, as the four after it: while they are rotated they hold more than one
 * @property {string} accountsCursorSecret
 * @property {string} activityCursorSecret
 * @property {string} identityPrivateKey
 * @property {string} identityPublicKey
 * @property {string} postgresPassword of the superuser
 * @property {string} ownerPassword of the role that owns the tables
 * @property {string} accountsPassword of the role of the running service
 * @property {string} redisPassword of the administrator; those of the services' users follow from it
 * @property {string} mongoRootPassword
 * @property {string} mongoActivityPassword
 * @property {string} [rotation] how far one is that is under way
 */

/** @typedef {{ userId: number, files: Record<string, string> }} Reader */

/** User ids of our own images; docker-compose.yml runs the containers as these. */
const userIds = { gateway: 10_001, accounts: 10_002, activity: 10_003, migrate: 10_004 };
/** The user of the public images of PostgreSQL, Redis and MongoDB. */
const STORE_USER_ID = 999;

/**
 * The contents of every file, by folder. Names are those of the settings, so that NAME_FILE=/run/secrets/name.
 * @param {Values} values
 * @returns {Record<string, Reader>}
 */
export function secretFiles(values) {
  const redisUrlOf = (/** @type {string} */ user) => `redis://${user}:${redisPasswordOf(values, user)}@redis:6379`;
  const databaseUrl = `postgres://accounts:${values.accountsPassword}@postgres:5432/mainstay`;
  const ownerUrl = `postgres://mainstay_owner:${values.ownerPassword}@postgres:5432/mainstay`;
  return {
    gateway: {
      userId: userIds.gateway,
      files: {
        'session-secret': values.sessionSecret,
        'identity-private-keys': values.identityPrivateKey,
        'redis-url': redisUrlOf('gateway'),
      },
    },
    accounts: {
      userId: userIds.accounts,
      files: {
        'database-url': databaseUrl,
        'redis-url': redisUrlOf('accounts'),
        'identity-public-keys': values.identityPublicKey,
        'cursor-secrets': values.accountsCursorSecret,
      },
    },
    activity: {
      userId: userIds.activity,
      files: {
        'mongo-url': `mongodb://activity:${values.mongoActivityPassword}@mongo:27017/activity`,
        'redis-url': redisUrlOf('activity'),
        'identity-public-keys': values.identityPublicKey,
        'cursor-secrets': values.activityCursorSecret,
      },
    },
    migrate: {
      userId: userIds.migrate,
      files: { 'database-url': databaseUrl, 'database-owner-url': ownerUrl },
    },
    // The superuser's password, for the server's first start and for the job that makes the roles.
    postgres: { userId: STORE_USER_ID, files: { 'superuser-password': values.postgresPassword } },
    roles: {
      userId: STORE_USER_ID,
      files: {
        'superuser-password': values.postgresPassword,
        'owner-password': values.ownerPassword,
        'accounts-password': values.accountsPassword,
      },
    },
    redis: {
      userId: STORE_USER_ID,
      files: {
        password: values.redisPassword,
        'password.conf': `requirepass ${values.redisPassword}`,
        'users.conf': redisUsers(values),
      },
    },
    mongo: {
      userId: STORE_USER_ID,
      files: { 'root-password': values.mongoRootPassword, 'activity-password': values.mongoActivityPassword },
    },
  };
}

/**
 * Derived, so that an installation of an earlier release gets the same passwords however often this runs.
 * @param {Values} values
 * @param {string} user
 */
function redisPasswordOf({ redisPassword }, user) {
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
