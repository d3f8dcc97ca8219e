import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';
import { accountQuery, accountsQuery, sessionQuery } from '../api/queries.js';
import { readActivitySearch } from '../pages/activity/activity-search.js';
import { Crash, NotFound, Waiting } from './page-states.js';
import { PageFrame } from './page-frame.js';
import { Shell } from './shell.js';

interface RouterContext {
  queryClient: QueryClient;
}

const root = createRootRouteWithContext<RouterContext>()({ component: PageFrame, notFoundComponent: NotFound });

/**
 * The router keeps raw parameters, so each refused parameter must become undefined. Otherwise `returnTo=//elsewhere`
 * would reach the page.
 */
function only<Search extends object>(read: (search: Record<string, unknown>) => Search) {
  return (search: Record<string, unknown>): Search => {
    const nothing = Object.fromEntries(Object.keys(search).map((name) => [name, undefined]));
    return { ...nothing, ...read(search) };
  };
}

/** Without this check, a link could send the user to a different site after sign-in. */
function readReturn({ returnTo, ended }: Record<string, unknown>): { returnTo?: string; ended?: true } {
  const isOurs = typeof returnTo === 'string' && /^\/(?![/\\])/.test(returnTo);
  return { ...(isOurs && { returnTo }), ...(ended === true && { ended }) };
}

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: only(readReturn),
  component: lazyRouteComponent(() => import('../pages/sign-in/sign-in-page.js'), 'SignInPage'),
});

const register = createRoute({
  getParentRoute: () => root,
  path: '/register',
  validateSearch: only(readReturn),
  component: lazyRouteComponent(() => import('../pages/sign-in/register-page.js'), 'RegisterPage'),
});

/** The parent of all routes that require a signed-in user. */
const signedIn = createRoute({
  getParentRoute: () => root,
  id: 'signed-in',
  component: Shell,
  async beforeLoad({ context: { queryClient }, location }) {
    if (await queryClient.ensureQueryData(sessionQuery)) return;
    redirect({
      to: '/sign-in',
      search: location.href === '/' ? {} : { returnTo: location.href },
      replace: true,
      throw: true,
    });
  },
});

const overview = createRoute({
  getParentRoute: () => signedIn,
  path: '/',
  loader: ({ context: { queryClient } }) => void queryClient.prefetchQuery(accountsQuery),
  component: lazyRouteComponent(() => import('../pages/overview/overview-page.js'), 'OverviewPage'),
});

const account = createRoute({
  getParentRoute: () => signedIn,
  path: '/accounts/$accountId',
  loader: ({ context: { queryClient }, params }) => void queryClient.prefetchQuery(accountQuery(params.accountId)),
  component: lazyRouteComponent(() => import('../pages/account/account-page.js'), 'AccountPage'),
});

const transfer = createRoute({
  getParentRoute: () => signedIn,
  path: '/transfer',
  validateSearch: only(({ from }): { from?: string } => (typeof from === 'string' ? { from } : {})),
  component: lazyRouteComponent(() => import('../pages/transfer/transfer-page.js'), 'TransferPage'),
});

const activity = createRoute({
  getParentRoute: () => signedIn,
  path: '/activity',
  validateSearch: only(readActivitySearch),
  component: lazyRouteComponent(() => import('../pages/activity/activity-page.js'), 'ActivityPage'),
});

const security = createRoute({
  getParentRoute: () => signedIn,
  path: '/security',
  component: lazyRouteComponent(() => import('../pages/security/security-page.js'), 'SecurityPage'),
});

/** Creates the router. The `loader` of a route starts to load data of its page. */
export function createAppRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree: root.addChildren([
      signIn,
      register,
      signedIn.addChildren([overview, account, transfer, activity, security]),
    ]),
    context: { queryClient },
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0, // the query client caches the data, so the router need not
    defaultPendingComponent: Waiting,
    defaultErrorComponent: Crash,
    scrollRestoration: true,
  });
}

/** Requests the session and the first page's code in parallel. Ignores errors, because the router shows them later. */
export function loadFirstPage(router: AppRouter, queryClient: QueryClient): void {
  const [routes] = router.getMatchedRoutes(router.latestLocation.pathname);
  for (const route of routes) void router.loadRouteChunk(route)?.catch(() => undefined);
  void queryClient.prefetchQuery(sessionQuery);
}

export type AppRouter = ReturnType<typeof createAppRouter>;

declare module '@tanstack/react-router' {
  interface Register {
    router: AppRouter;
  }
}
