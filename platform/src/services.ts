/**
 * The one list of services. Everything that needs the services reads it, or is generated from it: `npm run generate`.
 */

/**
 * The repository's knowledge of a service. Its code, build and settings are in services/<name>/, its image is
 * mainstay/<name>.
 */
export interface Service {
  /** Public port of a process that `npm start` or PM2 runs; <NAME>_PORT moves it. In a container each service listens on 3000. */
  port: number;
  /** Port of /livez, /readyz and /metrics; <NAME>_MANAGEMENT_PORT moves it. In a container 3900. */
  managementPort: number;
  /** Debuggers attach to it under `npm run dev`; .vscode/launch.json names it. */
  inspectPort: number;
  /** The Unix user of its containers; only that user may read its secrets. */
  userId: number;
  /** In PostgreSQL and MongoDB it has a database of its own. Roles, users and secrets follow from the list. */
  stores: readonly Store[];
  /** Its database in PostgreSQL. Set only for the first PostgreSQL service; otherwise the service's name. */
  database?: string;
  /** The rights of its Redis user. */
  redis?: RedisRights;
  /** If its build has migrate.js: the job that runs it in containers, and the job's Unix user. */
  migration?: { job: string; userId: number };
  /** Secrets that the service may read. */
  secrets: readonly SecretName[];
  /** Services that it sends requests to, by the setting <NAME>_URL. */
  calls: readonly string[];
  /** Memory of a container in Kubernetes, in MiB. Overlays may give more. */
  memoryMi: number;
  /** Replicas in Kubernetes, unless an overlay says otherwise. */
  replicas: { min: number; max: number };
  /** Requests a second for each replica, above which the component request-hpa adds one. */
  requestsPerReplica: number;
  /** More settings of its containers under Docker Compose. */
  compose: Readonly<Record<string, string>>;
  /** Module of its build that exports `paths` for the OpenAPI document. */
  openapi: string;
}

/** What a user of Redis may use. EVAL needs all rights on the keys that a script names. */
export interface RedisRights {
  channels: readonly string[];
  keys: readonly string[];
  /** Commands, and categories with `@`. */
  commands: readonly string[];
}

/** The kinds of stores. */
export type Store = 'postgres' | 'redis' | 'mongo';

/** Secrets that `npm start` and `npm run stores` create. */
export type SecretName = 'SESSION_SECRET' | 'CURSOR_SECRETS' | 'IDENTITY_PRIVATE_KEYS' | 'IDENTITY_PUBLIC_KEYS';

/**
 * The rights of the relay of an outbox, and of the command that sends its events again.
 * @param cursor the key of its position: `cursor` for the first outbox, and for all others the hash `cursors`
 */
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
    // Sessions, counters of limits, and its own events.
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
    // The consumer of the events, the dead letters, and the places of live feeds.
    redis: {
      channels: ['{events}:stored'],
      keys: ['{events}:*', 'activity:feeds:*'],
      commands: [
        ...['@stream', '@sortedset', 'get', 'set', 'incr', 'del', 'exists', 'expire', 'pexpire', 'eval', 'evalsha'],
        ...['time', 'publish', 'subscribe', 'unsubscribe', 'client|unblock'],
      ],
    },
    memoryMi: 384,
    // The first variable that is set is used.
    compose: { ACTIVITY_MONGO_URL: '${MAINSTAY_MONGO_URL:-}' },
    ...behindTheGateway,
  },
} as const satisfies Record<string, Service>;

/** The name of a service. */
export type ServiceName = keyof typeof services;

/** The names of all services. */
export const serviceNames = Object.keys(services) as ServiceName[];

/** The entry of one service. */
export function serviceOf(name: ServiceName): Service {
  return services[name];
}

/** The service that clients reach through the edge. */
export const entrance = 'gateway' satisfies ServiceName;

/** Called services come first: a release replaces them in this order, and goes back in the opposite one. */
export const releaseOrder = serviceNames.toSorted(
  (one, other) => serviceOf(one).calls.length - serviceOf(other).calls.length,
);

/** The services whose build has migrate.js, each with its job. */
export const migrations = serviceNames.flatMap((service) => {
  const { migration } = serviceOf(service);
  return migration ? [{ service, ...migration }] : [];
});

/** The services with this store. */
export const servicesWith = (store: Store) => serviceNames.filter((name) => serviceOf(name).stores.includes(store));

/** The databases in PostgreSQL, each with the role that owns its tables and the file of that role's password. */
export const databases = servicesWith('postgres').map((service) => {
  const { database } = serviceOf(service);
  const name = database ?? service;
  const ownerPassword = database === undefined ? `${service}-owner-password` : 'owner-password';
  return { service, name, owner: `${name}_owner`, ownerPassword };
});

/** A value for each service. */
export function forEachService<Value>(valueOf: (name: ServiceName) => Value): Record<ServiceName, Value> {
  return Object.fromEntries(serviceNames.map((name) => [name, valueOf(name)])) as Record<ServiceName, Value>;
}
