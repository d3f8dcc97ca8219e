import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { AppError, between, PROBLEM_MEDIA_TYPE, problemOf, requestIdOf } from '@mainstay/errors';
import { dataReplyHeaders } from '../security-headers.js';
import { createConcurrencyLimit, type ConcurrencyLimit } from './concurrency-limit.js';

export type Priority = 'signed-in' | 'anonymous';

/** What the guard needs to know about a request. */
export interface Demand {
  /**
   * Name of the service, or other part of the platform, that serves the request. Each part of the platform has its own
   * limit.
   */
  part: string;
  /**
   * True for a live feed. An admitted feed does not count as a concurrent request, because a feed can last for hours.
   */
  isFeed?: boolean;
  /**
   * Returns the priority of the request. The guard calls this function only if at least three quarters of the limit are
   * in use.
   */
  priority: () => Priority;
}

export interface OverloadGuardOptions {
  /**
   * The guard calls this function for every request, so the function must be fast. The function returns undefined for a
   * request that is always admitted.
   */
  demandOf: (req: IncomingMessage) => Demand | undefined;
  /**
   * Lowest and highest value of the limit of concurrent requests. Each part of the platform, for example a service, has
   * its own limit.
   */
  concurrencyMin: number;
  concurrencyMax: number;
  onRefused?: (part: string) => void;
}

export interface OverloadGuard {
  (req: IncomingMessage, res: ServerResponse, next: () => void): void;
  /**
   * Returns the current limit and the number of running requests for each part of the platform, for example for each
   * service. The numbers are meant for metrics.
   */
  parts(): { part: string; limit: number; underWay: number }[];
  close(): void;
}

/** Only signed-in callers can use the last quarter of the limit. */
const shares: Record<Priority, number> = { 'signed-in': 1, anonymous: 0.75 };
/** `Retry-After` is a random number of seconds from 1 to RETRY_AFTER_SMAX, so that clients do not retry together. */
const RETRY_AFTER_SMAX = 3;
const DELAY_RESOLUTION_MS = 10;
const REFUSAL_DELAY_MS = 20;

/**
 * Creates a middleware that limits the concurrent requests for each part of the platform, for example for each service.
 * A request beyond the limit gets 503 and `Retry-After`. Put the guard after `refuseMalformed`, so that a request
 * counts only after its body has arrived.
 */
export function createOverloadGuard(options: OverloadGuardOptions): OverloadGuard {
  const { demandOf, concurrencyMin: min, concurrencyMax: max, onRefused } = options;
  const limits = new Map<string, ConcurrencyLimit>();
  const refuseSoon = createRefusals();
  const delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  delay.enable();

  function takeDelayMs(): number {
    const meanMs = delay.mean / 1e6 - DELAY_RESOLUTION_MS;
    delay.reset();
    return meanMs;
  }

  function limitOf(part: string): ConcurrencyLimit {
    const known = limits.get(part);
    if (known) return known;
    const limit = createConcurrencyLimit({ min, max, takeDelayMs });
    limits.set(part, limit);
    return limit;
  }

  function guard(req: IncomingMessage, res: ServerResponse, next: () => void): void {
    const demand = demandOf(req);
    if (!demand) return next();
    const limit = limitOf(demand.part);
    if (!isAdmitted(limit, demand)) {
      onRefused?.(demand.part);
      return refuseSoon(req, res);
    }
    if (demand.isFeed) limit.leave();
    else countUntilReply(limit, res);
    next();
  }

  return Object.assign(guard, {
    parts: () => [...limits].map(([part, { value, underWay }]) => ({ part, limit: value, underWay })),
    close: () => void delay.disable(),
  });
}

function isAdmitted(limit: ConcurrencyLimit, { priority }: Demand): boolean {
  if (limit.tryEnter(shares.anonymous)) return true;
  return limit.underWay < limit.value && limit.tryEnter(shares[priority()]);
}

/**
 * The duration of a response with status 429 (a limit is reached) or 5xx (a failure) does not depend on the load.
 */
function dependsOnLoad(statusCode: number): boolean {
  return statusCode < 500 && statusCode !== 429;
}

/** Regards a request as ended when its reply begins, because a slow client can need minutes to read the reply. */
function countUntilReply(limit: ConcurrencyLimit, res: ServerResponse): void {
  const beganMs = performance.now();
  const writeHead = res.writeHead.bind(res) as (...head: unknown[]) => ServerResponse;
  let isCounted = true;
  const leave = (tookMs?: number): void => {
    if (!isCounted) return;
    isCounted = false;
    limit.leave(tookMs);
  };
  res.writeHead = (...head: unknown[]) => {
    const reply = writeHead(...head);
    leave(dependsOnLoad(res.statusCode) ? performance.now() - beganMs : undefined);
    return reply;
  };
  res.once('close', () => leave());
}

/** Collects refusals for REFUSAL_DELAY_MS and then writes all refusals together. */
function createRefusals(): (req: IncomingMessage, res: ServerResponse) => void {
  let waiting: [IncomingMessage, ServerResponse][] = [];
  const writeAll = (): void => {
    const all = waiting;
    waiting = [];
    for (const [req, res] of all) refuse(req, res);
  };
  return (req, res) => {
    if (waiting.push([req, res]) === 1) setTimeout(writeAll, REFUSAL_DELAY_MS);
  };
}

/** Writes the reply without Express and without a log line, because thousands of refusals per second must be cheap. */
function refuse(req: IncomingMessage, res: ServerResponse): void {
  const random = randomUUID();
  const requestId = requestIdOf(req) ?? random;
  const body = `${problemStart}${requestId}","traceId":"${random.replaceAll('-', '')}"}`;
  res.writeHead(503, {
    ...dataReplyHeaders,
    'content-type': PROBLEM_MEDIA_TYPE,
    'content-length': body.length,
    'retry-after': String(Math.floor(between(1, 1 + RETRY_AFTER_SMAX))),
    'cache-control': 'no-store',
    'x-request-id': requestId,
  });
  res.end(body);
}

const problemStart = ((): string => {
  const refusal = new AppError('unavailable', 'The platform is overloaded. Please try again later.');
  const { requestId, ...problem } = problemOf(refusal, '');
  return `${JSON.stringify(problem).slice(0, -1)},"requestId":"${requestId}`;
})();
