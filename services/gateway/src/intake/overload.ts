import type { IncomingMessage } from 'node:http';
import { createOverloadGuard, type Demand, type OverloadGuard } from '@mainstay/hardening';
import type { Log } from '@mainstay/logging';
import type { Metrics } from '@mainstay/metrics';
import type { GatewayConfig } from '../config.js';
import { routeTable } from '../routes.js';
import type { SessionCookie } from './session-cookie.js';
import { routeParts } from './route-parts.js';

export interface OverloadOptions {
  config: Pick<GatewayConfig, 'overloadConcurrencyMin' | 'overloadConcurrencyMax'>;
  cookie: Pick<SessionCookie, 'isSigned'>;
  log: Pick<Log, 'warn'>;
  metrics: Pick<Metrics, 'gauge' | 'counter'>;
}

const partOf = routeParts(routeTable);
/** Shortest time between two log lines about rejected requests. */
const LINE_EVERY_MS = 5_000;

/**
 * Creates the overload guard, which limits concurrent requests. Each `part` of `RoutePart` has a separate limit. Near a
 * limit, the guard admits only signed-in callers.
 */
export function createOverload({ config, cookie, log, metrics }: OverloadOptions): OverloadGuard {
  const refusals = metrics.counter({
    name: 'overload_refusals_total',
    help: 'Requests that the overload guard refused.',
    labelNames: ['part'],
  });
  const report = reportRejections(log);
  const guard = createOverloadGuard({
    demandOf: (req) => demandOf(req, cookie),
    concurrencyMin: config.overloadConcurrencyMin,
    concurrencyMax: config.overloadConcurrencyMax,
    onRefused(part) {
      refusals.inc({ part });
      report();
    },
  });
  const labelNames = ['part'] as const;
  metrics.gauge({
    name: 'overload_limit',
    help: 'Current limit of concurrent requests.',
    labelNames,
    collect() {
      for (const { part, limit } of guard.parts()) this.set({ part }, limit);
    },
  });
  metrics.gauge({
    name: 'overload_under_way',
    help: 'Concurrent requests. A request counts until the first byte of its response.',
    labelNames,
    collect() {
      for (const { part, underWay } of guard.parts()) this.set({ part }, underWay);
    },
  });
  return guard;
}

function demandOf(
  { url = '', headers }: IncomingMessage,
  { isSigned }: Pick<SessionCookie, 'isSigned'>,
): Demand | undefined {
  if (url === '/healthz' || url.startsWith('/healthz?')) return undefined;
  const part = partOf(url);
  // Never refuse a live feed with a signed cookie, because a browser does not reconnect after a 503.
  if (part.isFeed && isSigned(headers.cookie)) return undefined;
  return {
    ...part,
    priority: () => (isSigned(headers.cookie) ? 'signed-in' : 'anonymous'),
  };
}

function reportRejections(log: Pick<Log, 'warn'>): () => void {
  let refused = 0;
  let reportedAtMs = -Infinity;
  return () => {
    refused += 1;
    if (performance.now() - reportedAtMs < LINE_EVERY_MS) return;
    log.warn('requests rejected: overloaded', { refused });
    reportedAtMs = performance.now();
    refused = 0;
  };
}
