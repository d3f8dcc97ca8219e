import type { Semaphore } from '@mainstay/hardening';
import type { AppError } from '@mainstay/errors';
import type { Log } from '@mainstay/logging';
import type { IdentityRefusal } from '@mainstay/identity';
import type { Metrics } from '@mainstay/metrics';
import type { Breaker } from './breaker.js';
import type { Replica, Replicas } from './replicas.js';

/** Writes metrics and log lines about the health of a service, as the gateway observes the service. */
export interface ShownUpstream {
  /** Adds a refusal to the metrics, and returns `refusal`. */
  refused(reason: 'open' | 'busy', refusal: AppError): AppError;
  /**
   * Adds an attempt to the metrics. `outcome` is the status class of the response, or the reason why there was no
   * response.
   */
  attempted(outcome: AttemptOutcome, durationMs: number): void;
  /**
   * Reports that the service refused the identity token. `clockOffsetS` is the number of seconds by which the service's
   * clock is ahead of the gateway's clock.
   */
  identityRefused(refusal: IdentityRefusal, clockOffsetS: number | undefined): void;
  /** Adds one to the number of retries in the metrics. */
  retried(): void;
  /** Writes a log line if the replica's breaker has opened, or has closed again. */
  changed(replica: Replica, before: Breaker['state']): void;
}

export type AttemptOutcome = '2xx' | '3xx' | '4xx' | '5xx' | 'connection_failed' | 'deadline_exceeded' | 'abandoned';

/** Upper bounds of the buckets in seconds. The metric `http_request_duration_seconds` has the same buckets. */
const attemptBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5, 10];

const severity = { closed: 0, 'half-open': 1, open: 2 } as const;

export function showUpstream(
  {
    name: upstream,
    log,
    metrics,
  }: {
    name: string;
    log: Pick<Log, 'info' | 'warn' | 'error'>;
    metrics: Pick<Metrics, 'counter' | 'gauge' | 'histogram'>;
  },
  { replicas, bulkheads }: { replicas: Replicas; bulkheads: Semaphore[] },
): ShownUpstream {
  const labelNames = ['upstream'] as const;
  const gauge = (name: string, help: string, read: () => number, aggregator: 'sum' | 'max' = 'sum'): void => {
    metrics.gauge({ name, help, labelNames, aggregator }).observe({ upstream }, read);
  };
  gauge(
    'upstream_breaker_state',
    'Circuit breaker: 0 closed, 1 half-open, 2 open. The state of the best address of the service; over all workers, the worst of these states.',
    () =>
      replicas.all().reduce<number>((best, { breaker }) => Math.min(best, severity[breaker.state]), worstOf(replicas)),
    'max',
  );
  gauge('upstream_replicas', 'Addresses of the service in DNS.', () => replicas.all().length, 'max');
  gauge('upstream_requests_under_way', 'Requests at the service, without live feeds.', () =>
    sumOf(bulkheads, ({ underWay }) => underWay),
  );
  gauge('upstream_requests_waiting', 'Requests that wait for a connection to the service.', () =>
    sumOf(bulkheads, ({ waiting }) => waiting),
  );
  const refusals = metrics.counter({
    name: 'upstream_refusals_total',
    help: 'Requests that the gateway refused without an attempt. open: the circuit breaker was open. busy: all connections were in use.',
    labelNames: ['upstream', 'reason'],
  });
  const attempts = metrics.histogram({
    name: 'upstream_request_duration_seconds',
    help: 'Duration of each attempt until the head of the response, by outcome: the status class, connection_failed, deadline_exceeded, abandoned.',
    labelNames: ['upstream', 'outcome'],
    buckets: attemptBuckets,
  });
  const retries = metrics.counter({
    name: 'upstream_retries_total',
    help: 'Requests that were sent a second time.',
    labelNames,
  });
  retries.inc({ upstream }, 0);
  const identities = metrics.counter({
    name: 'upstream_identity_refusals_total',
    help: 'Requests whose identity token the service refused: clock if the clocks differ by more than 30 s, refused if the keys differ.',
    labelNames: ['upstream', 'reason'],
  });
  const tellRefusal = atMostEvery(REFUSAL_LINE_EVERY_MS);
  for (const reason of ['clock', 'refused']) identities.inc({ upstream, reason }, 0);
  for (const reason of ['open', 'busy']) refusals.inc({ upstream, reason }, 0);

  return {
    attempted: (outcome, durationMs) => attempts.observe({ upstream, outcome }, durationMs / 1_000),
    identityRefused(reason, clockOffsetS) {
      identities.inc({ upstream, reason });
      tellRefusal(() => {
        if (reason === 'clock')
          log.error('the clocks of the gateway and of a service differ', { upstream, clockOffsetS });
        else log.error('a service refuses the keys of the gateway', { upstream });
      });
    },
    retried: () => retries.inc({ upstream }),
    refused(reason, refusal) {
      refusals.inc({ upstream, reason });
      return refusal;
    },
    changed({ address, breaker }, before) {
      const isClosed = breaker.state === 'closed';
      if (isClosed === (before === 'closed')) return;
      if (isClosed) log.info('upstream answers again', { upstream, address });
      else log.warn('upstream does not answer: its breaker is open', { upstream, address });
    },
  };
}

/** If the service refuses the identity token, all requests fail in the same way, so one line per interval is enough. */
const REFUSAL_LINE_EVERY_MS = 10_000;

function atMostEvery(pauseMs: number): (tell: () => void) => void {
  let toldAtMs = -Infinity;
  return (tell) => {
    if (performance.now() - toldAtMs < pauseMs) return;
    toldAtMs = performance.now();
    tell();
  };
}

/**
 * Returns the initial value of the search for the lowest breaker state. While the service has no known address, the
 * metric shows the initial value, so a closed breaker.
 */
function worstOf(replicas: Replicas): number {
  return replicas.all().length === 0 ? severity.closed : severity.open;
}

function sumOf(bulkheads: Semaphore[], read: (bulkhead: Semaphore) => number): number {
  return bulkheads.reduce((sum, bulkhead) => sum + read(bulkhead), 0);
}
