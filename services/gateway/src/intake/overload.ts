import type { IncomingMessage } from 'node:http';
import { createOverloadGuard, type Demand, type OverloadGuard } from '@mainstay/hardening';
import type { Log } from '@mainstay/logging';
import type { Metrics } from '@mainstay/metrics';
import type { GatewayConfig } from '../config.js';
import { routeTable } from '../routes.js';
import { hasSignedCookie } from './signed-cookie.js';
import { routeParts } from './route-parts.js';

export interface OverloadOptions {
  config: Pick<GatewayConfig, 'overloadConcurrencyMin' | 'overloadConcurrencyMax' | 'sessionSecret'>;
  log: Pick<Log, 'warn'>;
  metrics: Pick<Metrics, 'gauge' | 'counter'>;
}

const partOf = routeParts(routeTable);
/** While requests are refused, one line tells how many this often. */
const lineEveryMs = 5_000;

/**
 * The platform's admission: health checks and live feeds of signed-in callers always, then callers with a signed session cookie, then the others; each
 * part of the platform by itself.
 */
export function createOverload({ config, log, metrics }: OverloadOptions): OverloadGuard {
  const secrets = config.sessionSecret.map((secret) => secret.reveal());
  const refusals = metrics.counter({
    name: 'overload_refusals_total',
    help: 'Requests refused before anything was done for them.',
    labelNames: ['part'],
  });
  const tell = tellNowAndThen(log);
  const guard = createOverloadGuard({
    demandOf: (req) => demandOf(req, secrets),
    concurrencyMin: config.overloadConcurrencyMin,
    concurrencyMax: config.overloadConcurrencyMax,
    onRefused(part) {
      refusals.inc({ part });
      tell();
    },
  });
  const labelNames = ['part'] as const;
  metrics.gauge({
    name: 'overload_limit',
    help: 'Requests that may be under way now.',
    labelNames,
    collect() {
      for (const { part, limit } of guard.parts()) this.set({ part }, limit);
    },
  });
  metrics.gauge({
    name: 'overload_under_way',
    help: 'Requests under way, until the first byte of their reply.',
    labelNames,
    collect() {
      for (const { part, underWay } of guard.parts()) this.set({ part }, underWay);
    },
  });
  return guard;
}

function demandOf({ url = '', headers }: IncomingMessage, secrets: readonly string[]): Demand | undefined {
  if (url === '/healthz' || url.startsWith('/healthz?')) return undefined;
  const part = partOf(url);
  // Clients that come back together wait for their turn (proxy.ts): a browser whose feed gets 503 never asks again by itself.
  if (part.isFeed && hasSignedCookie(headers.cookie, secrets)) return undefined;
  return {
    ...part,
    priority: () => (hasSignedCookie(headers.cookie, secrets) ? 'signed-in' : 'anonymous'),
  };
}

/** Refusals are many: their number is worth a line, each of them is not. */
function tellNowAndThen(log: Pick<Log, 'warn'>): () => void {
  let refused = 0;
  let toldAtMs = -Infinity;
  return () => {
    refused += 1;
    if (performance.now() - toldAtMs < lineEveryMs) return;
    log.warn('more is asked than can be done in time', { refused });
    toldAtMs = performance.now();
    refused = 0;
  };
}
