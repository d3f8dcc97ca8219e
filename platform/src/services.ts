/** The one list of services. Whatever needs to know the services reads it, or is generated from it. */

/** What the rest of the repository knows about a service. Its code, build and settings are in services/<name>/. */
export interface Service {
  /** Public port of a process that `npm start` or PM2 runs; <NAME>_PORT moves it. */
  port: number;
  /** Port of /livez, /readyz and /metrics; <NAME>_MANAGEMENT_PORT moves it. */
  managementPort: number;
  /** Debuggers attach to it under `npm run dev`; .vscode/launch.json names it. */
  inspectPort: number;
  stores: readonly ('postgres' | 'redis' | 'mongo')[];
  /** Secrets that the service may read. */
  secrets: readonly SecretName[];
  /** Services that it sends requests to, by the setting <NAME>_URL. */
  calls: readonly string[];
  /** Module of its build that exports `paths` for the OpenAPI document. */
  openapi: string;
}

/** Secrets that `npm start` and `npm run stores` create. */
export type SecretName = 'SESSION_SECRET' | 'CURSOR_SECRETS' | 'IDENTITY_PRIVATE_KEYS' | 'IDENTITY_PUBLIC_KEYS';

const behindTheGateway = {
  secrets: ['CURSOR_SECRETS', 'IDENTITY_PUBLIC_KEYS'],
  calls: [],
  openapi: 'http/openapi.js',
} as const;

/** In the order in which tables show them. */
export const services = {
  gateway: {
    port: 3000,
    managementPort: 3900,
    inspectPort: 9230,
    stores: ['redis'],
    secrets: ['SESSION_SECRET', 'IDENTITY_PRIVATE_KEYS'],
    calls: ['accounts', 'activity'],
    openapi: 'openapi/paths.js',
  },
  accounts: { port: 3001, managementPort: 3901, inspectPort: 9231, stores: ['postgres', 'redis'], ...behindTheGateway },
  activity: { port: 3002, managementPort: 3902, inspectPort: 9232, stores: ['mongo', 'redis'], ...behindTheGateway },
} as const satisfies Record<string, Service>;

/** The name of a service. */
export type ServiceName = keyof typeof services;

/** The names of all services. */
export const serviceNames = Object.keys(services) as ServiceName[];

/** What the list says about one service. */
export function serviceOf(name: ServiceName): Service {
  return services[name];
}

/** A value for each service. */
export function forEachService<Value>(valueOf: (name: ServiceName) => Value): Record<ServiceName, Value> {
  return Object.fromEntries(serviceNames.map((name) => [name, valueOf(name)])) as Record<ServiceName, Value>;
}
