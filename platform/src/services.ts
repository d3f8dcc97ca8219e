/** The one list of services. Code imports it, and `npm run generate` writes other files from it. */

/** One service. <name> stands for its key in `services`. Its code: services/<name>/. Its image: mainstay/<name>. */
export interface Service {
  /** The port for requests under `npm start` and PM2, unless <NAME>_PORT is set. In a container: 3000. */
  port: number;
  /** The port of `/readyz` and `/metrics`, unless <NAME>_MANAGEMENT_PORT is set. In a container: 3900. */
  managementPort: number;
  /** The port for debuggers under `npm run dev`. */
  inspectPort: number;
  /** The Unix user of the containers. Only this user may read the service's secrets. */
  userId: number;
  /** The stores that the service uses. In PostgreSQL and in MongoDB, it has its own database. */
  stores: readonly Store[];
  /** Name of the database in PostgreSQL. Default: the name of the service. */
  database?: string;
  redis?: RedisRights;
  /** The container job that runs the service's migrate.js. Undefined if the service has no migrate.js. */
  migration?: { job: string; userId: number };
  secrets: readonly SecretName[];
  /** Services to which this service sends requests. Their addresses are settings, such as ACCOUNTS_URL. */
  calls: readonly string[];
  /** Memory request and memory limit of a container in Kubernetes, in MiB. An overlay can set more. */
  memoryMi: number;
  /** Replicas in Kubernetes. An overlay can set other numbers. */
  replicas: { min: number; max: number };
  /** Above this number of requests per second and replica, the component request-hpa adds replicas. */
  requestsPerReplica: number;
  /** Additional settings of its containers under Docker Compose. */
  compose: Readonly<Record<string, string>>;
  /** A module in the service's dist/. It exports `paths` for the OpenAPI document. */
  openapi: string;
}

/** The rights of a service's Redis user. The user may read and write `keys`, because EVAL requires both rights. */
export interface RedisRights {
  channels: readonly string[];
  keys: readonly string[];
  /** Commands, such as `get`, and command categories, such as `@hash`. */
  commands: readonly string[];
}

export type Store = 'postgres' | 'redis' | 'mongo';

/** Secrets that `npm start` and `npm run stores` create. */
export type SecretName = 'SESSION_SECRET' | 'CURSOR_SECRETS' | 'IDENTITY_PRIVATE_KEYS' | 'IDENTITY_PUBLIC_KEYS';

/** The rights to send the events of an outbox. The position in the outbox is in `cursor` (accounts) or in `cursors`. */
const relay = (cursor: 'cursor' | 'cursors') => ({
  channels: ['{events}:stored'],
  keys: ['stream', cursor, 'lease', 'marker', 'replay-horizon'].map((name) => `{events}:${name}`),
  commands: ['get', 'set', 'del', 'hget', 'hset', 'hdel', 'eval', 'evalsha', 'publish', 'xlen', 'xadd'],
});

const behindTheGateway = {
  secrets: ['IDENTITY_PUBLIC_KEYS', 'CURSOR_SECRETS'],
  calls: [],
  replicas: { min: 2, max: 8 },
  requestsPerReplica: 60,
  openapi: 'http/openapi.js',
} as const;

/** The services, in the order in which tables show them. */
export const services = {
  gateway: {
    port: 3000,
    managementPort: 3900,
    inspectPort: 9230,
    userId: 10_001,
    stores: ['redis'],
    // The rights cover sessions, rate limit counters, and the events that the gateway publishes.
    redis: {
      channels: ['sessions:revoked'],
      keys: [
        ...['session:*', 'session-write-check', 'user-sessions:*', 'user-sessions-seen:*', 'user-sessions-swept:*'],
        ...['rate:*', '{events}:stream'],
      ],
      commands: [
        ...['@string', '@hash', '@sortedset', 'del', 'unlink', 'exists', 'expire', 'pexpire', 'ttl', 'pttl', 'time'],
        ...['eval', 'evalsha', 'multi', 'exec', 'discard', 'publish', 'subscribe', 'unsubscribe', 'xlen', 'xadd'],
      ],
    },
    secrets: ['SESSION_SECRET', 'IDENTITY_PRIVATE_KEYS'],
    calls: ['accounts', 'activity'],
    memoryMi: 384,
    replicas: { min: 2, max: 8 },
    requestsPerReplica: 100,
    compose: {
      DEMO_DEPOSITS: '${MAINSTAY_DEMO_DEPOSITS:-true}',
      RATE_LIMIT_ANONYMOUS_MAX: '${MAINSTAY_RATE_LIMIT_ANONYMOUS_MAX:-}',
      RATE_LIMIT_SESSION_MAX: '${MAINSTAY_RATE_LIMIT_SESSION_MAX:-}',
      RATE_LIMIT_LOGIN_MAX: '${MAINSTAY_RATE_LIMIT_LOGIN_MAX:-}',
    },
    openapi: 'openapi/paths.js',
  },
  accounts: {
    port: 3001,
    managementPort: 3901,
    inspectPort: 9231,
    userId: 10_002,
    stores: ['postgres', 'redis'],
    database: 'mainstay',
    redis: relay('cursor'),
    migration: { job: 'migrate', userId: 10_004 },
    memoryMi: 512,
    compose: { DEMO_DEPOSITS: '${MAINSTAY_DEMO_DEPOSITS:-true}' },
    ...behindTheGateway,
  },
  activity: {
    port: 3002,
    managementPort: 3902,
    inspectPort: 9232,
    userId: 10_003,
    stores: ['mongo', 'redis'],
    // The rights cover the event stream, the stream of dead letters, and the live feeds of each user.
    redis: {
      channels: ['{events}:stored'],
      keys: ['{events}:*', 'activity:feeds:*'],
      commands: [
        ...['@stream', '@sortedset', 'get', 'set', 'incr', 'del', 'exists', 'expire', 'pexpire', 'eval', 'evalsha'],
        ...['time', 'publish', 'subscribe', 'unsubscribe', 'client|unblock'],
      ],
    },
    memoryMi: 384,
    // The user can set MAINSTAY_MONGO_URL. If it is missing, the service reads MONGO_URL_FILE.
    compose: { ACTIVITY_MONGO_URL: '${MAINSTAY_MONGO_URL:-}' },
    ...behindTheGateway,
  },
} as const satisfies Record<string, Service>;

export type ServiceName = keyof typeof services;

export const serviceNames = Object.keys(services) as ServiceName[];

export function serviceOf(name: ServiceName): Service {
  return services[name];
}

/** The service that receives the requests of clients from nginx, HAProxy or an ingress. */
export const entrance = 'gateway' satisfies ServiceName;

/** A release replaces called services before their callers. A rollback uses the opposite order. */
export const releaseOrder = serviceNames.toSorted(
  (one, other) => serviceOf(one).calls.length - serviceOf(other).calls.length,
);

/** The services that have a migration job. */
export const migrations = serviceNames.flatMap((service) => {
  const { migration } = serviceOf(service);
  return migration ? [{ service, ...migration }] : [];
});

export const servicesWith = (store: Store) => serviceNames.filter((name) => serviceOf(name).stores.includes(store));

/** The databases in PostgreSQL, each with its owner's role and the file of the owner's password. */
export const databases = servicesWith('postgres').map((service) => {
  const { database } = serviceOf(service);
  const name = database ?? service;
  const ownerPassword = database === undefined ? `${service}-owner-password` : 'owner-password';
  return { service, name, owner: `${name}_owner`, ownerPassword };
});

export function forEachService<Value>(valueOf: (name: ServiceName) => Value): Record<ServiceName, Value> {
  return Object.fromEntries(serviceNames.map((name) => [name, valueOf(name)])) as Record<ServiceName, Value>;
}
