import { ConfigError } from '@mainstay/config';
import type { LogShipping } from '@mainstay/log-shipping';
import type { Log } from '@mainstay/logging';
import type { Metrics } from '@mainstay/metrics';
import type { ServiceSettings } from './settings.js';

/**
 * Ships log lines if `ELASTICSEARCH_URL` is set. An image without log shipping lacks the package.
 * @throws ConfigError if the package is missing, or the store's certificate cannot be read
 */
export async function openShipping(service: string, config: ServiceSettings): Promise<LogShipping | undefined> {
  const { elasticsearchUrl: url } = config;
  if (url === undefined) return undefined;
  try {
    const { openLogShipping } = await import('@mainstay/log-shipping');
    return openLogShipping({
      url,
      user: config.elasticsearchUser,
      password: config.elasticsearchPassword?.reveal(),
      apiKey: config.elasticsearchApiKey?.reveal(),
      ca: config.elasticsearchCa,
      stream: config.logStream,
      level: config.logShipLevel,
    });
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';
    const problem = isMissing
      ? 'is set, but @mainstay/log-shipping is not installed: build the image with LOG_SHIPPING=yes'
      : `cannot be used: ${error instanceof Error ? error.message : String(error)}`;
    throw new ConfigError(service, [{ setting: 'ELASTICSEARCH_URL', problem }]);
  }
}

/** Counts shipped and dropped log lines in metrics, and logs outages of the log store, which is Elasticsearch. */
export function observeShipping(
  shipping: LogShipping | undefined,
  { log, metrics }: { log: Log; metrics: Metrics },
): void {
  const dropped = metrics.counter({
    name: 'logs_dropped_total',
    help: 'Log lines that were not shipped: full (too many waited), too_large, refused by the store, exit (the process ended first).',
    labelNames: ['reason'],
  });
  const shipped = metrics.counter({ name: 'logs_shipped_total', help: 'Log lines that the log store has accepted.' });
  // The counters start at 0, so that an alert notices the first dropped line.
  for (const reason of ['full', 'too_large', 'refused', 'exit']) dropped.inc({ reason }, 0);
  if (!shipping) return;
  metrics
    .gauge({ name: 'logs_waiting', help: 'Log lines that wait to be shipped.' })
    .observe({}, () => shipping.counts().waiting);
  shipping.observe({
    log,
    counted(outcome, lines) {
      if (outcome === 'shipped') shipped.inc(lines);
      else dropped.inc({ reason: outcome }, lines);
    },
  });
}
