export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
export const upstreamNames = ['accounts', 'activity'] as const;
export type UpstreamName = (typeof upstreamNames)[number];

/**
 * A row of the route table. Only documentation, health checks and the web interface need no row. A request to any other
 * path without a row gets 404. A request with a method that no row of the path lists gets 405.
 */
export interface Route {
  /** A path pattern of Express. The service has the same path. */
  path: string;
  /** GET includes HEAD, except for a live feed (`feed` is true). */
  methods: readonly Method[];
  /** The service that responds, or `gateway` if the gateway responds itself. */
  upstream: 'gateway' | UpstreamName;
  /** If `upstream` is `gateway`, the request counts toward the overload limit of the service `limitOf`. */
  limitOf?: UpstreamName;
  /** Name of the request in the security log. Default: `request`. */
  securityEvent?: 'registration' | 'sign_in' | 'password_change';
  /** If `session`, an anonymous caller gets 401. */
  access: 'public' | 'session';
  /** True if the service accepts the header Idempotency-Key. The gateway can retry a POST with this header. */
  keyed?: true;
  /** True if the gateway serves this route only while the setting DEMO_DEPOSITS is true. */
  demo?: true;
  /**
   * True for a live feed, which is a response that does not end by itself. The deadline of a feed applies only until
   * the response begins.
   */
  feed?: true;
  /**
   * True for slow requests. Slow requests have a separate limit, so that they do not block other requests. The circuit
   * breaker ignores the outcomes of slow requests.
   */
  rationed?: true;
  /** Longest time until the response begins. Default: REQUEST_DEADLINE_MS. */
  deadlineMs?: number;
}

export type ProxiedRoute = Route & { upstream: UpstreamName };

export const isProxied = (route: Route): route is ProxiedRoute => route.upstream !== 'gateway';

/** All paths of the public API. */
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
  // This row is public, because an anonymous caller with `?optional=true` gets 204.
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
  // fork:remove statements
  // A statement can wait for a free worker thread, so its deadline is longer than the default.
  {
    path: '/v1/accounts/:accountId/statement',
    methods: ['GET'],
    upstream: 'accounts',
    access: 'session',
    deadlineMs: 20_000,
    rationed: true,
  },
  // end of fork:remove statements
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

/** Returns the methods for the `Allow` header of each path. */
export function allowedMethods(table: readonly Route[]): Map<string, string[]> {
  const allowed = new Map<string, string[]>();
  for (const { path, methods, feed } of table) {
    const names = methods.flatMap((method) => (method === 'GET' && !feed ? ['GET', 'HEAD'] : [method]));
    allowed.set(path, [...(allowed.get(path) ?? []), ...names]);
  }
  return allowed;
}

/** Returns a function that checks whether the table contains the method and the path of a request. */
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

/** Returns a pattern that matches the same paths as Express with strict routing. */
function patternOf(paths: string[]): RegExp {
  return new RegExp(`^(?:${paths.map((path) => path.replaceAll(/:\w+/g, '[^/]+')).join('|')})$`);
}
