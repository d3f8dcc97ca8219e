export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
export const upstreamNames = ['accounts', 'activity'] as const;
export type UpstreamName = (typeof upstreamNames)[number];

/**
 * One public path, or two rows if the permitted callers depend on the method. A path without a row gets 404, another
 * method 405.
 */
export interface Route {
  /** Express' own notation. Upstreams serve the same path. */
  path: string;
  /** GET includes HEAD, except for feeds. */
  methods: readonly Method[];
  /** The service that responds. `gateway`: the gateway responds itself. */
  upstream: 'gateway' | UpstreamName;
  /** For a row of the gateway: the service whose overload limit counts, because it does most of the work. */
  limitOf?: UpstreamName;
  /** The security log's name for a request of this row. Default: request. */
  securityEvent?: 'registration' | 'sign_in' | 'password_change';
  /** `session`: an anonymous caller gets 401. */
  access: 'public' | 'session';
  /** Its POST takes an Idempotency-Key, so that a request with a key may be repeated after a failed connection. */
  keyed?: true;
  /** Exists only with DEMO_DEPOSITS. */
  demo?: true;
  /** A stream without an end: no deadline once it has begun; it ends with its session. */
  feed?: true;
  /**
   * The service limits how many of these run at once and refuses the rest, and each takes long. So their outcomes do not count for the breaker, they
   * have their own connections and places, and a refusal is not retried.
   */
  rationed?: true;
  /** Milliseconds from the arrival of the whole request to the first byte of its reply; default REQUEST_DEADLINE_MS. */
  deadlineMs?: number;
}

/** A row that a service answers. */
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
  // Public, because an anonymous caller gets 204 with `?optional=true`. Its handler responds with 401 otherwise.
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
  // Rendering waits for a worker thread, so it may take longer than a query.
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

/** The rows that exist with these settings. */
export function servedRoutes({ demoDeposits }: { demoDeposits: boolean }): readonly Route[] {
  return routeTable.filter(({ demo }) => !demo || demoDeposits);
}

/** The value of `Allow`, by path. */
export function allowedMethods(table: readonly Route[]): Map<string, string[]> {
  const allowed = new Map<string, string[]>();
  for (const { path, methods, feed } of table) {
    const names = methods.flatMap((method) => (method === 'GET' && !feed ? ['GET', 'HEAD'] : [method]));
    allowed.set(path, [...(allowed.get(path) ?? []), ...names]);
  }
  return allowed;
}

/** Recognises requests of a row. */
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

/** Matches paths as Express does, which createExpress() makes strict. */
function patternOf(paths: string[]): RegExp {
  return new RegExp(`^(?:${paths.map((path) => path.replaceAll(/:\w+/g, '[^/]+')).join('|')})$`);
}
