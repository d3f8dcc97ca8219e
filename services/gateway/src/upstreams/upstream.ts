import { AppError } from '@mainstay/errors';
import { createSemaphore } from '@mainstay/hardening';
import type { Log } from '@mainstay/logging';
import type { Metrics } from '@mainstay/metrics';
import { noTracing, traceHop, type Tracing } from '@mainstay/tracing';
import type { Method, UpstreamName } from '../routes.js';
import { createAddresses, type Lookup } from './addresses.js';
import { assertKnown } from './assert-known.js';
import type { Attempt } from './breaker.js';
import { ConnectionFailed, failureOf, neverConnected } from './connection-failed.js';
import { exchange, whenReceived, type UpstreamReply } from './exchange.js';
import { openReplicas, type Replica } from './replicas.js';
import type { Headers } from './request-headers.js';
import { showUpstream, type AttemptOutcome } from './upstream-metrics.js';

export interface UpstreamRequest {
  method: Method | 'HEAD';
  /** Path and query for the service. */
  path: string;
  /** The path's pattern, which names its span. */
  template?: string;
  headers: Headers;
  /** The complete body: it is sent together with the head. */
  body: Buffer | null;
  signal: AbortSignal;
  /** It may be sent a second time without a second effect. */
  repeatable: boolean;
  /** It has been sent before. */
  isRepeat?: boolean;
  /** Its reply has no end: it takes its own connection for as long as it lasts. */
  feed?: boolean;
  /**
   * The service bounds how many of these run. Their outcome says nothing of other requests, so it never moves the
   * breaker.
   */
  rationed?: boolean;
  /**
   * The service may refuse it with 503 for its own reasons, like a rationed one, but it has no separate places here.
   */
  unjudged?: boolean;
}

/** The only way to a service: rules for every request to it belong here. */
export interface Upstream {
  readonly name: UpstreamName;
  /**
   * One attempt; the body of a reply that is not small must be read to its end or destroyed. A replica that cannot be
   * connected to is skipped.
   * @throws ConnectionFailed; AppError unavailable at once if the breaker is open or the bulkhead full; the reason of
   * `signal` once that is aborted; AppError internal if the service refuses this gateway's identity
   */
  send(request: UpstreamRequest): Promise<UpstreamReply>;
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
/** A failure counts only if the service had the request for at least this long. */
const JUDGED_MS_MIN = 250;
/** Statuses that say that a service cannot serve any caller. */
const failing = new Set([502, 503, 504]);

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

  /** Tries one replica after the other as long as none can be connected to. */
  async function trySome(request: UpstreamRequest): Promise<UpstreamReply> {
    const tried = new Set<Replica>();
    let failure: ConnectionFailed | undefined;
    for (;;) {
      const replica = await replicas
        .pick({ ...request, rationed: isUnjudged(request), not: tried })
        .catch((error: unknown) => {
          throw new ConnectionFailed(error);
        });
      if (!replica) throw failure ?? shown.refused('open', new AppError('unavailable', AWAY, { retryAfterS: 1 }));
      tried.add(replica);
      try {
        const reply = await tryOne(replica, request);
        await assertKnown(name, reply, shown);
        return reply;
      } catch (error) {
        if (!(error instanceof ConnectionFailed) || !neverConnected(error.cause)) throw error;
        failure = error;
      }
    }
  }

  async function tryOne(replica: Replica, request: UpstreamRequest): Promise<UpstreamReply> {
    const { method, path, body, signal, feed } = request;
    const { address, breaker } = replica;
    const before = breaker.state;
    const attempt = isUnjudged(request) ? unjudged : breaker.begin();
    const hop = traceHop(tracing, { method, path, template: request.template, url: base, address });
    const headers = hop ? { ...request.headers, traceparent: hop.traceparent } : request.headers;
    replica.load += 1;
    const begunMs = performance.now();
    try {
      const pool = feed ? replica.feeds : replica.requests;
      const reply = await exchange(pool, { method, path, headers, body }, signal);
      hop?.replied(reply.statusCode);
      shown.attempted(classOf(reply.statusCode), performance.now() - begunMs);
      whenReceived(reply, () => {
        replica.load -= 1;
        hop?.end();
      });
      judgeReply(attempt, reply.statusCode);
      return reply;
    } catch (error) {
      replica.load -= 1;
      const failure = failureOf(error, signal);
      shown.attempted(lackOf(failure), performance.now() - begunMs);
      // A client that has left, or sent too much, is not an error of the service.
      if (failure instanceof AppError && failure.status >= 500) hop?.failed(failure.cause ?? failure);
      hop?.end();
      judgeFailure(attempt, failure, performance.now() - begunMs);
      if (failure instanceof ConnectionFailed) addresses.doubt();
      throw failure;
    } finally {
      shown.changed(replica, before);
    }
  }

  return {
    name,
    async send(request) {
      if (request.isRepeat) shown.retried();
      // SessionBoundRequests limits the number of feeds.
      if (request.feed) return trySome(request);
      const places = request.rationed ? rationedBulkhead : bulkhead;
      const leave = await places.enter({ signal: request.signal }).catch((error: unknown) => {
        throw request.signal.aborted ? error : shown.refused('busy', error as AppError);
      });
      try {
        const reply = await trySome(request);
        whenReceived(reply, leave);
        return reply;
      } catch (error) {
        leave();
        throw error;
      }
    },
    close: () => replicas.close(),
  };
}

/** The refusal where a service has no place left for a request. */
export function overloaded(): AppError {
  return new AppError('unavailable', 'The service behind this path is overloaded.', { retryAfterS: 1 });
}

const classOf = (statusCode: number) => `${Math.floor(statusCode / 100)}xx` as AttemptOutcome;

/** Why there is no reply. Abandoned: the client has left, or its request was at fault. */
function lackOf(failure: unknown): AttemptOutcome {
  if (failure instanceof ConnectionFailed) return 'connection_failed';
  return failure instanceof AppError && failure.code === 'deadline_exceeded' ? 'deadline_exceeded' : 'abandoned';
}

const AWAY = 'The service behind this path is failing and is tried again within a second.';

const isUnjudged = ({ rationed = false, unjudged = false }: UpstreamRequest): boolean => rationed || unjudged;

/** The attempt of a request that never reaches a breaker. */
const unjudged: Attempt = { succeeded: () => undefined, failed: () => undefined, abandoned: () => undefined };

function judgeReply(attempt: Attempt, statusCode: number): void {
  if (failing.has(statusCode)) attempt.failed();
  else attempt.succeeded();
}

/**
 * Judges by how long the service had the whole request, which is the duration of the attempt. After a very short attempt the failure had another
 * cause.
 */
function judgeFailure(attempt: Attempt, failure: unknown, tookMs: number): void {
  const hasRunOut = failure instanceof AppError && failure.code === 'deadline_exceeded';
  if (failure instanceof ConnectionFailed) attempt.failed();
  else if (hasRunOut && tookMs >= JUDGED_MS_MIN) attempt.failed({ waited: true });
  else attempt.abandoned();
}
