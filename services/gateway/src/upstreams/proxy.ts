import { addressGroupOf, createSemaphore } from '@mainstay/hardening';
import type { IdentityIssuer } from '@mainstay/identity';
import type { Request, RequestHandler } from 'express';
import type { Route, UpstreamName } from '../routes.js';
import { signedIn } from '../intake/current-session.js';
import { InstanceStopping, type SessionBoundRequests } from '../intake/session-bound-requests.js';
import { isStreamed, type UpstreamReply } from './exchange.js';
import { hopHeaders, hopOf, timed, type Hop } from './hop.js';
import { relayFeed, relayReply, turnAway } from './relay.js';
import { forwardableHeaders } from './request-headers.js';
import { sendWithRetry } from './send-with-retry.js';
import { overloaded, type Upstream } from './upstream.js';

export interface ProxyOptions {
  upstreams: Record<UpstreamName, Upstream>;
  identity: IdentityIssuer;
  boundRequests: SessionBoundRequests;
  requestDeadlineMs: number;
}

/** A row of the route table that a service answers. */
export type ProxiedRoute = Route & { upstream: UpstreamName };

/** Makes the handlers that pass requests on to the services, and stream the replies back. */
export function createProxy(options: ProxyOptions): (route: ProxiedRoute) => RequestHandler {
  return (route) => (route.feed ? feedHandler(options, route) : requestHandler(options, route));
}

function requestHandler(options: ProxyOptions, route: ProxiedRoute): RequestHandler {
  return async (req, res) => {
    const hop = hopOf(req, res, route.deadlineMs ?? options.requestDeadlineMs);
    const { session, deadline } = hop;
    // A request that waits for its service must not be carried out after its session was revoked.
    const forget = session && options.boundRequests.watch({ session, end: (reason) => deadline.end(reason) });
    try {
      const reply = await send(options, route, hop, deadline.signal);
      deadline.lift();
      await relayReply(reply, res);
    } finally {
      forget?.();
    }
  };
}

/**
 * Feeds that this process opens at the same time. The others wait: after a restart all clients reconnect within a
 * second.
 */
const FEEDS_OPENING_MAX = 16;
/** The share of the deadline that a feed may wait for its turn. The rest is for opening it. */
const WAITING_SHARE = 0.8;

/** A live feed: it ends with its session, and has no deadline once it has begun. */
function feedHandler(options: ProxyOptions, route: ProxiedRoute): RequestHandler {
  const opening = createSemaphore({
    busy: overloaded,
    placesMax: FEEDS_OPENING_MAX,
    waitingMax: Infinity, // SessionBoundRequests limits the number of feeds
    waitMsMax: (route.deadlineMs ?? options.requestDeadlineMs) * WAITING_SHARE,
  });
  return async (req, res) => {
    const session = signedIn(req);
    const hop = hopOf(req, res, route.deadlineMs ?? options.requestDeadlineMs);
    const ending = new AbortController();
    let forget: (() => void) | undefined;
    try {
      const addressGroup = addressGroupOf(req);
      forget = await options.boundRequests.openFeed({ session, addressGroup, end: (reason) => ending.abort(reason) });
      const signal = AbortSignal.any([hop.deadline.signal, ending.signal]);
      const isOpen = await opening.enter({ signal });
      const reply = await send(options, route, hop, signal).finally(isOpen);
      hop.deadline.lift();
      if (reply.statusCode === 200 && isStreamed(reply)) await relayFeed(reply, res, ending.signal);
      else await relayReply(reply, res);
    } catch (error) {
      if (!(error instanceof InstanceStopping)) throw error;
      hop.deadline.lift();
      turnAway(res);
    } finally {
      forget?.();
    }
  };
}

async function send(
  { upstreams, identity }: ProxyOptions,
  route: ProxiedRoute,
  hop: Hop,
  signal: AbortSignal,
): Promise<UpstreamReply> {
  const { req } = hop;
  const upstream = upstreams[route.upstream];
  const method = req.method as Route['methods'][number] | 'HEAD';
  const passedOn = forwardableHeaders(req.headersDistinct);
  const isKeyed = route.keyed === true && method === 'POST' && Boolean(req.headers['idempotency-key']);
  const body = passedOnBody(req);
  const prepare = async () => ({
    method,
    path: targetOf(req),
    template: route.path,
    // The gateway's headers come last, so that a client's cannot replace them.
    headers: { ...passedOn, ...(await hopHeaders(hop, { audience: route.upstream, identity })) },
    body,
    signal,
    repeatable: isKeyed || method === 'GET' || method === 'HEAD',
    feed: route.feed === true,
    rationed: route.rationed === true,
  });
  return timed(hop, sendWithRetry(upstream, prepare));
}

/** Path and query in the form that an origin server reads, whatever form the client used (RFC 9112, 3.2). */
function targetOf(req: Request): string {
  const [beforeFragment = ''] = req.originalUrl.split('#', 1);
  const queryAt = beforeFragment.indexOf('?');
  return req.path + (queryAt < 0 ? '' : beforeFragment.slice(queryAt));
}

/**
 * The body for a service. It has arrived completely and within its limits before the app saw the request
 * (`refuseMalformed`), so one read takes all of it, and it can be sent twice. The body of a GET or HEAD has no meaning
 * (RFC 9110 § 9.3.1) and is not passed on.
 */
function passedOnBody(req: Request): Buffer | null {
  const { method, headers } = req;
  const hasNone = headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
  if (hasNone || method === 'GET' || method === 'HEAD') return null;
  return (req.read() as Buffer | null) ?? Buffer.alloc(0);
}
