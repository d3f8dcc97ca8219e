import type { Route } from '../routes.js';

/** The part of the platform that a request loads. Each part has a limit of its own. */
export interface RoutePart {
  part: string;
  isFeed: boolean;
}

const ofNoRoute: RoutePart = { part: 'gateway', isFeed: false };

/**
 * Reads the parts from the route table. Each service is a part. The rationed requests of a service are another part: they take long, so they must
 * not hold the places of other requests, and their duration is no sign of overload.
 */
export function routeParts(table: readonly Route[]): (url: string) => RoutePart {
  const rows = table.map((route) => ({ pattern: patternOf(route.path), part: partOf(route) }));
  /** Most requests are for a path without parameters or query. */
  const plain = new Map([...table].reverse().map((route) => [route.path, partOf(route)]));
  return (url) => plain.get(url) ?? rows.find(({ pattern }) => pattern.test(url))?.part ?? ofNoRoute;
}

function partOf({ upstream, limitOf, feed, rationed }: Route): RoutePart {
  const service = limitOf ?? upstream;
  return { part: rationed && !feed ? `${service}-rationed` : service, isFeed: feed === true };
}

/** Matches the target of a request, with or without a query, whose path is that of the row. */
function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/:\w+/g, '[^/?]+')}(?:\\?|$)`);
}
