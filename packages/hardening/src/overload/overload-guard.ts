import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { AppError, between, PROBLEM_MEDIA_TYPE, problemOf, requestIdOf } from '@mainstay/errors';
import { dataReplyHeaders } from '../security-headers.js';
import { createConcurrencyLimit, type ConcurrencyLimit } from './concurrency-limit.js';

export type Priority = 'signed-in' | 'anonymous';

/**
 * What the guard must know of a request before any work is done. It is called for every request, so it must be cheap.
 */
export interface Demand {
  /**
   * The part that does the work. Each part has its own limit, so that a slow one does not use up the places of
   * another.
   */
  part: string;
  /** An endless reply takes no place, but is admitted only while a place is free. */
  isFeed?: boolean;
  /** Called only if the priority matters. */
  priority: () => Priority;
}

export interface OverloadGuardOptions {
  /** Returns undefined for a request that is always admitted, such as a health check. */
  demandOf: (req: IncomingMessage) => Demand | undefined;
  /**
   * Concurrent requests in each part, from the arrival of the whole request to the first byte of the reply. The limit
   * moves between these bounds.
   */
  concurrencyMin: number;
  concurrencyMax: number;
  onRefused?: (part: string) => void;
}

export interface OverloadGuard {
  (req: IncomingMessage, res: ServerResponse, next: () => void): void;
  /** The state of each part, for metrics. */
  parts(): { part: string; limit: number; underWay: number }[];
  close(): void;
}

/** Share of the limit that each kind of caller may use. The rest is kept for signed-in callers. */
const shares: Record<Priority, number> = { 'signed-in': 1, anonymous: 0.75 };
/** The clients' retries are spread over this time. */
const RETRY_AFTER_SMAX = 3;
const DELAY_RESOLUTION_MS = 10;
const REFUSAL_DELAY_MS = 20;

/**
 * Refuses requests that the platform cannot serve in time, before any work is done: 503 `unavailable` with
 * `Retry-After`. Without it every request is begun, all wait for each other, and each reply arrives after its client
 * has left.
 *
 * It comes after `refuseMalformed`, which passes on whole requests, because a client that sends slowly must not hold a
 * place. It comes before all other work.
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
    else holdPlace(limit, res);
    next();
  }

  return Object.assign(guard, {
    parts: () => [...limits].map(([part, { value, underWay }]) => ({ part, limit: value, underWay })),
    close: () => void delay.disable(),
  });
}

/** Between the share for anonymous callers and the full limit, the kind of caller decides. */
function isAdmitted(limit: ConcurrencyLimit, { priority }: Demand): boolean {
  if (limit.tryEnter(shares.anonymous)) return true;
  return limit.underWay < limit.value && limit.tryEnter(shares[priority()]);
}

/**
 * Whether the time of a request says something about the load. It does not if the request failed fast, waited for a
 * service that is down, or was refused by a limit.
 */
function saysSomething(statusCode: number): boolean {
  return statusCode < 500 && statusCode !== 429;
}

/** Holds the place until the reply begins, because a client that reads slowly must not keep others out. */
function holdPlace(limit: ConcurrencyLimit, res: ServerResponse): void {
  const beganMs = performance.now();
  const writeHead = res.writeHead.bind(res) as (...head: unknown[]) => ServerResponse;
  let isHeld = true;
  const leave = (tookMs?: number): void => {
    if (!isHeld) return;
    isHeld = false;
    limit.leave(tookMs);
  };
  res.writeHead = (...head: unknown[]) => {
    const reply = writeHead(...head);
    leave(saysSomething(res.statusCode) ? performance.now() - beganMs : undefined);
    return reply;
  };
  res.once('close', () => leave());
}

/**
 * Collects the refusals of a few milliseconds and writes them together, which costs a quarter less CPU than one by one.
 */
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

/** Writes the reply by hand and does not log it: thousands of refusals per second must leave CPU for other requests. */
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

/** The problem up to the request's ids, which are last. */
const problemStart = ((): string => {
  const refusal = new AppError('unavailable', 'The platform is overloaded. Please try again later.');
  const { requestId, ...problem } = problemOf(refusal, '');
  return `${JSON.stringify(problem).slice(0, -1)},"requestId":"${requestId}`;
})();
