import type { Request, RequestHandler, Response } from 'express';
import { Gauge, Histogram, type Registry } from 'prom-client';

/** Seconds. 0.3 is where the objective for latency stands. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5, 10];

/** RFC 9110 and PATCH. Anything else comes from a stranger who could make a label of each spelling. */
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT']);

/**
 * Times each request until its reply has left or its client has. No label comes from the request's text: the route is the
 * pattern that matched, or `unmatched`. A client that left before any reply counts as status class `aborted`.
 */
export function createRequestMetrics(registry: Registry): RequestHandler {
  const registers = [registry];
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Duration of HTTP requests by method, route pattern and class of status.',
    labelNames: ['method', 'route', 'status_class'],
    buckets: BUCKETS,
    registers,
  });
  const inFlight = new Gauge({
    name: 'http_requests_in_flight',
    help: 'HTTP requests being served now.',
    registers,
    aggregator: 'sum',
  });
  inFlight.set(0);

  return (req, res, next) => {
    const startedMs = performance.now();
    inFlight.inc();
    res.once('close', () => {
      inFlight.dec();
      durations.observe(labelsOf(req, res), (performance.now() - startedMs) / 1_000);
    });
    next();
  };
}

function labelsOf(req: Request, res: Response) {
  const { path = 'unmatched' } = (req.route as { path?: string | string[] } | undefined) ?? {};
  return {
    method: methods.has(req.method) ? req.method : 'other',
    route: String(path),
    status_class: res.headersSent ? `${Math.floor(res.statusCode / 100)}xx` : 'aborted',
  };
}
