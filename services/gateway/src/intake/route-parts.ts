import type { Route } from '../routes.js';

/**
 * The overload limit that applies to a request. `part` is the name of the service, for example `accounts`. For slow
 * requests except live feeds, the name has a suffix: `accounts-rationed`. For a URL without a route, the name is
 * `gateway`.
 */
export interface RoutePart {
  part: string;
  isFeed: boolean;
}

const ofNoRoute: RoutePart = { part: 'gateway', isFeed: false };

/**
 * Returns a function that finds the overload limit of a URL. For example, requests to the URL `/v1/accounts` count
 * toward the limit with the name `accounts`.
 */
export function routeParts(table: readonly Route[]): (url: string) => RoutePart {
  const rows = table.map((route) => ({ pattern: patternOf(route.path), part: partOf(route) }));
  /**
   * The overload limit for each path of the table. Many URLs have no parameter and no query, so a fast lookup of the
   * exact path finds the limit.
   */
  const plain = new Map([...table].reverse().map((route) => [route.path, partOf(route)]));
  return (url) => plain.get(url) ?? rows.find(({ pattern }) => pattern.test(url))?.part ?? ofNoRoute;
}

function partOf({ upstream, limitOf, feed, rationed }: Route): RoutePart {
  const service = limitOf ?? upstream;
  return { part: rationed && !feed ? `${service}-rationed` : service, isFeed: feed === true };
}

/** Returns a pattern for URLs with this path. The URL can have a query. */
function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/:\w+/g, '[^/?]+')}(?:\\?|$)`);
}
