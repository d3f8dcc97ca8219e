import { AppError } from '@mainstay/errors';
import { createSemaphore } from '@mainstay/hardening';
import type { Log } from '@mainstay/logging';
import type { Metrics } from '@mainstay/metrics';
import { noTracing, type Tracing } from '@mainstay/tracing';
import type { UpstreamName } from '../routes.js';
import { createAddresses, type Lookup } from './addresses.js';
import { openReplicas } from './replicas.js';
import { Sending, type Receiver } from './sending.js';
import { showUpstream } from './upstream-metrics.js';
import type { UpstreamReply } from './upstream-reply.js';
import type { UpstreamRequest } from './upstream-request.js';

/**
 * The gateway's HTTP client for one service. The gateway sends all requests for the service through this client. A
 * replica is one address of the service.
 */
export interface Upstream {
  readonly name: UpstreamName;
  /**
   * Sends a request to the first replica that accepts a connection. Read a streamed body to its end, or destroy the
   * body, because the body occupies a connection.
   * @throws ConnectionFailed if the connection fails
   * @throws AppError unavailable if all circuit breakers are open, or if too many requests run
   * @throws AppError internal or unavailable if the service refuses the gateway's identity
   * @throws the deadline's `reason` if the deadline has ended
   */
  send(request: UpstreamRequest): Promise<UpstreamReply>;
  /** Like `send`, but returns no promise and never throws. The receiver gets the response or the error. */
  begin(request: UpstreamRequest, receiver: Receiver): void;
  close(): Promise<void>;
}

export interface UpstreamOptions {
  name: UpstreamName;
  url: string;
  /** Highest number of concurrent requests. Live feeds and `rationed` requests do not count toward this number. */
  connectionsMax: number;
  /** Highest number of requests that wait while `connectionsMax` requests run. `rationed` requests wait separately. */
  waitingMax: number;
  /** After this number of failures in ten seconds, a replica gets no requests for one second: see `createBreaker`. */
  failuresMax: number;
  log: Pick<Log, 'info' | 'warn' | 'error'>;
  metrics: Pick<Metrics, 'gauge' | 'counter' | 'histogram'>;
  tracing?: Tracing;
  /** Replaces the DNS resolver of the system. */
  lookup?: Lookup | undefined;
}

const BREAKER_OPEN_MS = 1_000;
const WAIT_MS_MAX = 1_000;
const RATIONED_PART = 4;

export function openUpstream(options: UpstreamOptions): Upstream {
  const { name, url, connectionsMax, waitingMax, failuresMax, lookup, tracing = noTracing } = options;
  const base = new URL(url);
  const addresses = createAddresses(base.hostname, lookup);
  const replicas = openReplicas({ url, addresses, failuresMax, openMs: BREAKER_OPEN_MS });
  const bulkhead = createSemaphore({ placesMax: connectionsMax, waitingMax, waitMsMax: WAIT_MS_MAX, busy: overloaded });
  // The route table marks slow requests as `rationed`. A separate, smaller bulkhead limits slow requests, so that slow
  // requests do not block fast requests.
  const rationedMax = Math.ceil(connectionsMax / RATIONED_PART);
  const rationedBulkhead = createSemaphore({
    placesMax: rationedMax,
    waitingMax,
    waitMsMax: WAIT_MS_MAX,
    busy: overloaded,
  });
  const report = showUpstream(options, { replicas, bulkheads: [bulkhead, rationedBulkhead] });

  const shared = { name, url: base, addresses, replicas, bulkhead, rationedBulkhead, report, tracing };
  const begin = (request: UpstreamRequest, receiver: Receiver) => new Sending(shared, request, receiver).start();

  return {
    name,
    begin,
    send: (request) => new Promise((replied, failed) => begin(request, { replied, failed })),
    close: () => replicas.close(),
  };
}

/** Returns the error for a request when too many other requests run. */
export function overloaded(): AppError {
  return new AppError('unavailable', 'The service behind this path is overloaded.', { retryAfterS: 1 });
}
