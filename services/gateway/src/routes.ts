export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
export const upstreamNames = ['accounts', 'activity'] as const;
export type UpstreamName = (typeof upstreamNames)[number];

/**
 * A row of the route table: a public path and its methods. A path has two rows if the allowed callers depend on the
 * method. A path without a row gets 404. A method without a row gets 405.
 */
export interface Route {
  /** The path in the notation of Express. The service uses the same path. */
  path: string;
  /** GET includes HEAD, except for feeds. */
  methods: readonly Method[];
  /** The service that responds. `gateway`: the gateway responds itself. */
  upstream: 'gateway' | UpstreamName;
  /**
   * For a row of the gateway: the service that does most of the work. The request counts for the overload limit of that
   * service.
   */
  limitOf?: UpstreamName;
  /** Name of the request in the security log. Default: request. */
  securityEvent?: 'registration' | 'sign_in' | 'password_change';
  /** `session`: an anonymous caller gets 401. */
  access: 'public' | 'session';
  /** The POST accepts an Idempotency-Key. The gateway may send a POST with a key again after a failed connection. */
  keyed?: true;
  /** The row exists only if DEMO_DEPOSITS is true. */
  demo?: true;
  /** The response does not end by itself. It has no deadline after it has begun, and it ends with its session. */
  feed?: true;
  /**
   * These requests are slow, and the service limits their number. So the gateway has a separate limit for them. They do
   * not count for the circuit breaker, and the gateway does not retry a refusal.
   */
  rationed?: true;
  /**
   * Milliseconds from the arrival of the whole request to the first byte of the response. Default: REQUEST_DEADLINE_MS.
   */
  deadlineMs?: number;
}

export type ProxiedRoute = Route & { upstream: UpstreamName };

export const isProxied = (route: Route): route is ProxiedRoute => route.upstream !== 'gateway';

/** All public paths of the platform, except health and documentation. */
export const routeTable: readonly Route[] = [
  {
    path: '/v1/users',
    methods: ['POST'],
    upstream: 'gateway',
    limitOf: 'accounts',
    access: 'public',
    securityEvent: 'registration',
  },
  { path: '/v1/users/me', methods: ['GET'], upstream: 'accounts', access: 'session' },
  {
    path: '/v1/users/me/password',
    methods: ['PUT'],
    upstream: 'gateway',
    limitOf: 'accounts',
    access: 'session',
    securityEvent: 'password_change',
  },

  {
    path: '/v1/session',
    methods: ['POST'],
    upstream: 'gateway',
    limitOf: 'accounts',
    access: 'public',
    securityEvent: 'sign_in',
  },
  // Public, because an anonymous caller gets 204 with `?optional=true`. Without this parameter, the handler responds
  // with 401.
  { path: '/v1/session', methods: ['GET'], upstream: 'gateway', limitOf: 'accounts', access: 'public' },
  { path: '/v1/session', methods: ['DELETE'], upstream: 'gateway', limitOf: 'accounts', access: 'session' },
  { path: '/v1/sessions', methods: ['GET'], upstream: 'gateway', limitOf: 'accounts', access: 'session' },
  { path: '/v1/sessions/:sessionId', methods: ['DELETE'], upstream: 'gateway', limitOf: 'accounts', access: 'session' },

  { path: '/v1/accounts', methods: ['POST', 'GET'], upstream: 'accounts', access: 'session' },
  { path: '/v1/accounts/:accountId', methods: ['GET'], upstream: 'accounts', access: 'session' },
  {
    path: '/v1/accounts/:accountId/deposits',
    methods: ['POST'],
    upstream: 'accounts',
    access: 'session',
    keyed: true,
    demo: true,
  },
  { path: '/v1/accounts/:accountId/entries', methods: ['GET'], upstream: 'accounts', access: 'session' },
  // feature: statements
  // A statement may wait for a worker thread, so it may take longer than other requests.
  {
    path: '/v1/accounts/:accountId/statement',
    methods: ['GET'],
    upstream: 'accounts',
    access: 'session',
    deadlineMs: 20_000,
    rationed: true,
  },
  // end feature: statements
  { path: '/v1/transfers', methods: ['POST'], upstream: 'accounts', access: 'session', keyed: true },
  { path: '/v1/transfers/:transferId', methods: ['GET'], upstream: 'accounts', access: 'session' },

  { path: '/v1/activity', methods: ['GET'], upstream: 'activity', access: 'session' },
  { path: '/v1/activity/summary', methods: ['GET'], upstream: 'activity', access: 'session' },
  {
    path: '/v1/activity/live',
    methods: ['GET'],
    upstream: 'activity',
    access: 'session',
    feed: true,
    rationed: true,
  },
];

/** Returns the rows of the route table that these settings enable. */
export function servedRoutes({ demoDeposits }: { demoDeposits: boolean }): readonly Route[] {
  return routeTable.filter(({ demo }) => !demo || demoDeposits);
}

/** Returns the methods for the `Allow` header, by path. */
export function allowedMethods(table: readonly Route[]): Map<string, string[]> {
  const allowed = new Map<string, string[]>();
  for (const { path, methods, feed } of table) {
    const names = methods.flatMap((method) => (method === 'GET' && !feed ? ['GET', 'HEAD'] : [method]));
    allowed.set(path, [...(allowed.get(path) ?? []), ...names]);
  }
  return allowed;
}

/** Returns a function that checks whether a request matches a row. */
export function namedRequests(table: readonly Route[]): (request: { method: string; path: string }) => boolean {
  const allowed = [...allowedMethods(table)];
  const patterns = new Map(
    allowed
      .flatMap(([, methods]) => methods)
      .map((method) => [
        method,
        patternOf(allowed.filter(([, methods]) => methods.includes(method)).map(([path]) => path)),
      ]),
  );
  return ({ method, path }) => patterns.get(method)?.test(path) ?? false;
}

/** Matches paths in the same way as the strict routing of `createExpress()`. */
function patternOf(paths: string[]): RegExp {
  return new RegExp(`^(?:${paths.map((path) => path.replaceAll(/:\w+/g, '[^/]+')).join('|')})$`);
}
