import type { Route } from '../routes.js';

/** The part of the platform that does the work of a request. Each part has its own overload limit. */
export interface RoutePart {
  part: string;
  isFeed: boolean;
}

const ofNoRoute: RoutePart = { part: 'gateway', isFeed: false };

/**
 * Returns a function that finds the part of the platform for the URL of a request. Each service is a part. The rationed
 * requests of a service (`Route.rationed`) are a separate part. Rationed requests are slow, and the service limits
 * their number. They must not use up the limit of other requests, and their duration is not a sign of overload.
 */
export function routeParts(table: readonly Route[]): (url: string) => RoutePart {
  const rows = table.map((route) => ({ pattern: patternOf(route.path), part: partOf(route) }));
  /** Exact paths, for a fast lookup: most requests have no path parameter and no query. */
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
