import { addressGroupOf, createSemaphore } from '@mainstay/hardening';
import type { IdentityIssuer } from '@mainstay/identity';
import { currentContext } from '@mainstay/logging';
import type { RequestHandler } from 'express';
import type { ProxiedRoute } from '../routes.js';
import { signedIn } from '../intake/current-session.js';
import { InstanceStopping, type SessionBoundRequests } from '../intake/session-bound-requests.js';
import { hopHeaders, hopOf, timed, type Hop } from './hop.js';
import { relayFeed, relayReply, turnAway } from './relay.js';
import { forwardableHeaders } from './request-headers.js';
import { sendWithRetry } from './send-with-retry.js';
import { overloaded, type Upstream } from './upstream.js';
import { isStreamed, type UpstreamReply } from './upstream-reply.js';
import { targetOf } from './upstream-request.js';

export interface LiveFeedOptions {
  upstream: Upstream;
  identity: IdentityIssuer;
  boundRequests: SessionBoundRequests;
  requestDeadlineMs: number;
}

/** Highest number of feeds that open at the same time. After a restart, all clients reconnect, so most feeds wait. */
const FEEDS_OPENING_MAX = 16;
/**
 * While `FEEDS_OPENING_MAX` feeds open, the next feed waits. The wait takes at most this share of the feed's deadline,
 * so that the service still has time to respond.
 */
const WAITING_SHARE = 0.8;

/** Returns the handler of a live feed. A feed ends with its session. */
export function liveFeed(options: LiveFeedOptions, route: ProxiedRoute): RequestHandler {
  const timeoutMs = route.deadlineMs ?? options.requestDeadlineMs;
  const opening = createSemaphore({
    busy: overloaded,
    placesMax: FEEDS_OPENING_MAX,
    waitingMax: Infinity, // SessionBoundRequests already limits the number of feeds
    waitMsMax: timeoutMs * WAITING_SHARE,
  });
  return async (req, res) => {
    const session = signedIn(req);
    const hop = hopOf(req, res, timeoutMs);
    const ending = new AbortController();
    let forget: (() => void) | undefined;
    try {
      const addressGroup = addressGroupOf(req);
      forget = await options.boundRequests.openFeed({
        session,
        addressGroup,
        end(reason) {
          ending.abort(reason);
          hop.deadline.end(reason);
        },
      });
      const isOpen = await opening.enter({ signal: hop.deadline.signal });
      const reply = await open(options, route, hop).finally(isOpen);
      hop.lift();
      if (reply.statusCode === 200 && isStreamed(reply)) await relayFeed(reply, res, ending.signal);
      else await relayReply(reply, res);
    } catch (error) {
      if (!(error instanceof InstanceStopping)) throw error;
      hop.lift();
      turnAway(res);
    } finally {
      forget?.();
    }
  };
}

function open({ upstream, identity }: LiveFeedOptions, route: ProxiedRoute, hop: Hop): Promise<UpstreamReply> {
  const { req, deadline } = hop;
  const passedOn = forwardableHeaders(req.rawHeaders, req.headers.connection);
  const prepare = async () => ({
    method: 'GET' as const,
    path: targetOf(req),
    template: route.path,
    // Add the gateway's headers after the filter, so that the client's `Connection` header cannot remove them.
    headers: [...passedOn, ...(await hopHeaders(hop, { audience: upstream.name, identity }))],
    traceparent: currentContext()?.traceparent,
    body: null,
    deadline,
    repeatable: true,
    feed: true,
    rationed: route.rationed === true,
  });
  return timed(hop, sendWithRetry(upstream, prepare));
}
