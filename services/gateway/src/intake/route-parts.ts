import type { Route } from '../routes.js';

/** The part of the platform that does the work of a request. Each part has its own overload limit. */
export interface RoutePart {
  part: string;
  isFeed: boolean;
}

const ofNoRoute: RoutePart = { part: 'gateway', isFeed: false };

/** Finds the part of the overload guard for a URL: `/v1/accounts?limit=5` → `accounts`. */
export function routeParts(table: readonly Route[]): (url: string) => RoutePart {
  const rows = table.map((route) => ({ pattern: patternOf(route.path), part: partOf(route) }));
  /** The parts by exact path, for a fast lookup. Most URLs match, because they have no parameter and no query. */
  const plain = new Map([...table].reverse().map((route) => [route.path, partOf(route)]));
  return (url) => plain.get(url) ?? rows.find(({ pattern }) => pattern.test(url))?.part ?? ofNoRoute;
}

function partOf({ upstream, limitOf, feed, rationed }: Route): RoutePart {
  const service = limitOf ?? upstream;
  return { part: rationed && !feed ? `${service}-rationed` : service, isFeed: feed === true };
}

/** Matches request targets with this path, with or without a query. */
function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/:\w+/g, '[^/?]+')}(?:\\?|$)`);
}
