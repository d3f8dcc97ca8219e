import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { AppError, between, PROBLEM_MEDIA_TYPE, problemOf, requestIdOf } from '@mainstay/errors';
import { dataReplyHeaders } from '../security-headers.js';
import { createConcurrencyLimit, type ConcurrencyLimit } from './concurrency-limit.js';

export type Priority = 'signed-in' | 'anonymous';

/** A description of a request. The guard needs a description of every request, so `demandOf` must be fast. */
export interface Demand {
  /** A part of the platform with its own limit, such as a service. */
  part: string;
  /** A live feed needs a free place to begin, and then uses no place. */
  isFeed?: boolean;
  /** Called only if the limit is nearly used up. */
  priority: () => Priority;
}

export interface OverloadGuardOptions {
  /** Describes a request. Returns undefined for a request that is always admitted, such as a health check. */
  demandOf: (req: IncomingMessage) => Demand | undefined;
  /** Each part's limit of concurrent requests is at least `concurrencyMin` and at most `concurrencyMax`. */
  concurrencyMin: number;
  concurrencyMax: number;
  onRefused?: (part: string) => void;
}

export interface OverloadGuard {
  (req: IncomingMessage, res: ServerResponse, next: () => void): void;
  /** The current limit and load of each part, for metrics. */
  parts(): { part: string; limit: number; underWay: number }[];
  close(): void;
}

/** Only signed-in callers can use the last quarter of the limit. */
const shares: Record<Priority, number> = { 'signed-in': 1, anonymous: 0.75 };
/** `Retry-After` is a random number from 1 to this, so that clients do not retry together. */
const RETRY_AFTER_SMAX = 3;
const DELAY_RESOLUTION_MS = 10;
const REFUSAL_DELAY_MS = 20;

/**
 * Refuses a request that the platform cannot serve in time, with 503 and `Retry-After`. Put the guard after
 * `refuseMalformed`, so that a slow sender uses no place.
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

function isAdmitted(limit: ConcurrencyLimit, { priority }: Demand): boolean {
  if (limit.tryEnter(shares.anonymous)) return true;
  return limit.underWay < limit.value && limit.tryEnter(shares[priority()]);
}

/** The limit ignores the duration of a 5xx or 429, because the duration does not depend on the load. */
function isLoadSample(statusCode: number): boolean {
  return statusCode < 500 && statusCode !== 429;
}

/** Counts the request until its reply begins, so that a client that reads slowly uses no place. */
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
    leave(isLoadSample(res.statusCode) ? performance.now() - beganMs : undefined);
    return reply;
  };
  res.once('close', () => leave());
}

/** Collects refusals for a short time, because writing them together costs a quarter less CPU. */
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

/** Uses no Express and writes no log line, because thousands of refusals per second must be cheap. */
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
