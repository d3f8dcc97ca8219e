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

/** The only way to a service: rules for every request to it belong here. */
export interface Upstream {
  readonly name: UpstreamName;
  /**
   * One attempt; the body of a reply that is not small must be read to its end or destroyed. A replica that cannot be
   * connected to is skipped.
   * @throws ConnectionFailed; AppError unavailable at once if the breaker is open or the bulkhead full; the reason of
   * the deadline once that has ended; AppError internal if the service refuses this gateway's identity
   */
  send(request: UpstreamRequest): Promise<UpstreamReply>;
  /** `send` without a promise: nothing is thrown, and the receiver gets the reply or the failure. */
  begin(request: UpstreamRequest, receiver: Receiver): void;
  close(): Promise<void>;
}

export interface UpstreamOptions {
  name: UpstreamName;
  url: string;
  /** Concurrent requests, not counting live feeds. */
  connectionsMax: number;
  /** Requests that may wait for a free place. */
  waitingMax: number;
  /** Failures of an address within ten seconds after which it gets no requests for a second: see `createBreaker`. */
  failuresMax: number;
  log: Pick<Log, 'info' | 'warn' | 'error'>;
  metrics: Pick<Metrics, 'gauge' | 'counter' | 'histogram'>;
  tracing?: Tracing;
  /** Replaces the system's resolver. */
  lookup?: Lookup | undefined;
}

/** How long an open breaker refuses requests. */
const OPEN_MS = 1_000;
/** Longest wait for a place: a service that is this busy will not recover within the next second. */
const WAIT_MS_MAX = 1_000;
/** Places of rationed requests, in addition to the others. */
const RATIONED_PART = 4;

export function openUpstream(options: UpstreamOptions): Upstream {
  const { name, url, connectionsMax, waitingMax, failuresMax, lookup, tracing = noTracing } = options;
  const base = new URL(url);
  const addresses = createAddresses(base.hostname, lookup);
  const replicas = openReplicas({ url, addresses, failuresMax, openMs: OPEN_MS });
  const bulkhead = createSemaphore({ placesMax: connectionsMax, waitingMax, waitMsMax: WAIT_MS_MAX, busy: overloaded });
  // Large replies hold a place while a client reads them slowly, so they have their own places.
  const rationedMax = Math.ceil(connectionsMax / RATIONED_PART);
  const rationedBulkhead = createSemaphore({
    placesMax: rationedMax,
    waitingMax,
    waitMsMax: WAIT_MS_MAX,
    busy: overloaded,
  });
  const shown = showUpstream(options, { replicas, bulkheads: [bulkhead, rationedBulkhead] });

  const parts = { name, url: base, addresses, replicas, bulkhead, rationedBulkhead, shown, tracing };
  const begin = (request: UpstreamRequest, receiver: Receiver) => new Sending(parts, request, receiver).start();

  return {
    name,
    begin,
    send: (request) => new Promise((replied, failed) => begin(request, { replied, failed })),
    close: () => replicas.close(),
  };
}

/** The refusal where a service has no place left for a request. */
export function overloaded(): AppError {
  return new AppError('unavailable', 'The service behind this path is overloaded.', { retryAfterS: 1 });
}
