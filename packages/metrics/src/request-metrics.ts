import type { Request, RequestHandler, Response } from 'express';
import { Gauge, Histogram, type Registry } from 'prom-client';

/** In seconds. 0.3 is the bound of the latency objective. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5, 10];
/** In seconds. */
const STREAM_BUCKETS = [1, 5, 15, 30, 60, 300, 900, 3_600, 21_600, 86_400];

/** All other methods share one label value, so that a client cannot create label values. */
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT']);

const BEGIN_STREAM = Symbol('begins a stream');
type Counted = Response & { [BEGIN_STREAM]?: (() => void) | undefined };

/** Marks a reply without an end, such as a live feed. The measured duration of the request ends with this call. */
export function countAsStream(res: Response): void {
  (res as Counted)[BEGIN_STREAM]?.();
}

/** The middleware calls these functions. Code that serves a request without middlewares calls them itself. */
export interface RequestTimes {
  began(): void;
  /** `status` is undefined if the client left before any reply. */
  ended(method: string, route: string, status: number | undefined, durationMs: number): void;
}

/** Measures requests by route pattern, such as `/v1/transfers/:id`. No label contains text from a client. */
export function createRequestMetrics(registry: Registry): { times: RequestTimes; middleware: RequestHandler } {
  const registers = [registry];
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Duration of HTTP requests by method, route pattern and status class; for a stream, until it began.',
    labelNames: ['method', 'route', 'status_class'],
    buckets: BUCKETS,
    registers,
  });
  const streams = new Histogram({
    name: 'http_stream_duration_seconds',
    help: 'How long streams, such as live feeds, stayed open, by route pattern.',
    labelNames: ['route'],
    buckets: STREAM_BUCKETS,
    registers,
  });
  const open = countOpen(registry);
  const times: RequestTimes = {
    began: () => void (open.requests += 1),
    ended(method, route, status, durationMs) {
      open.requests -= 1;
      durations.observe(
        {
          method: methods.has(method) ? method : 'other',
          route,
          status_class: status === undefined ? 'aborted' : `${Math.floor(status / 100)}xx`,
        },
        durationMs / 1_000,
      );
    },
  };

  const middleware: RequestHandler = (req, res, next) => {
    const startedMs = performance.now();
    let streamingSinceMs: number | undefined;
    const end = () =>
      times.ended(
        req.method,
        routeOf(req),
        res.headersSent ? res.statusCode : undefined,
        performance.now() - startedMs,
      );
    times.began();
    (res as Counted)[BEGIN_STREAM] = () => {
      if (streamingSinceMs !== undefined || res.closed) return;
      streamingSinceMs = performance.now();
      open.streams += 1;
      end();
    };
    res.once('close', () => {
      if (streamingSinceMs === undefined) return end();
      open.streams -= 1;
      streams.observe({ route: routeOf(req) }, (performance.now() - streamingSinceMs) / 1_000);
    });
    next();
  };
  return { times, middleware };
}

function countOpen(registry: Registry): { requests: number; streams: number } {
  const open = { requests: 0, streams: 0 };
  const gauge = (name: string, help: string, of: keyof typeof open) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      aggregator: 'sum',
      collect() {
        this.set(open[of]);
      },
    });
  gauge('http_requests_in_flight', 'HTTP requests that are being served, without streams.', 'requests');
  gauge('http_streams_open', 'Open streams, such as live feeds.', 'streams');
  return open;
}

function routeOf(req: Request): string {
  const { path = 'unmatched' } = (req.route as { path?: string | string[] } | undefined) ?? {};
  return String(path);
}
