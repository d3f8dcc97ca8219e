import type { Route } from '../routes.js';

/** What a request asks of the platform, as far as its path tells. */
export interface RoutePart {
  /** Who does the work, and so whose limit counts. */
  part: string;
  isFeed: boolean;
}

const ofNoRoute: RoutePart = { part: 'gateway', isFeed: false };

/**
 * Reads the parts from the route table. Each service is a part; sessions and sign-in count with accounts, which has the work of them. What a service rations is a part
 * of its own: it takes long by itself, and must neither hold the places that other requests need nor be taken for a sign of overload.
 */
export function routeParts(table: readonly Route[]): (url: string) => RoutePart {
  const rows = table.map((route) => ({ pattern: patternOf(route.path), part: partOf(route) }));
  return (url) => rows.find(({ pattern }) => pattern.test(url))?.part ?? ofNoRoute;
}

function partOf({ upstream, feed, rationed }: Route): RoutePart {
  const service = upstream === 'gateway' ? 'accounts' : upstream;
  return { part: rationed && !feed ? `${service}-rationed` : service, isFeed: feed === true };
}

/** Matches a target, with or without a query, whose path is that of the row. */
function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/:\w+/g, '[^/?]+')}(?:\\?|$)`);
}
