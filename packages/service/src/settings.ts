import { z } from 'zod';
import { integer, port, ratio, secret, text, url } from '@mainstay/config';
import { logShippingSettings } from './log-shipping-settings.js';

/** The settings of every service. Spread them into the service's schema. */
export function serviceSettings(defaults: { port: number; managementPort: number }) {
  return {
    host: text().default('127.0.0.1').describe('Address that the service listens on.'),
    port: port().default(defaults.port).describe('Port that the service listens on.'),
    managementHost: text()
      .default('127.0.0.1')
      .describe('Address that the management port listens on. Never use a public address.'),
    managementPort: port().default(defaults.managementPort).describe('Port of /livez, /readyz, /healthz and /metrics.'),
    metricsDir: text()
      .default('')
      .describe(
        'Folder in which the workers of a cluster share their metrics. If this setting is empty, each process reports only its own metrics.',
      ),
    workers: integer({ min: 1, max: 1_024 })
      .default(1)
      .describe(
        'Number of processes that share the store connections of this service. Under PM2, ecosystem.config.js sets this number.',
      ),
    version: text()
      .default('dev')
      .describe('Version that logs and metrics show: the id of the release or the tag of the image.'),
    logLevel: z
      .enum(['debug', 'info', 'warn', 'error'], { error: 'must be debug, info, warn or error' })
      .default('info')
      .describe('Lowest severity of a log line that the service writes: debug, info, warn or error.'),
    ...logShippingSettings,
    otelExporterOtlpEndpoint: url()
      .optional()
      .describe(
        'URL of the collector that receives traces by OTLP/HTTP, for example http://127.0.0.1:4318. If this setting is empty, tracing is off.',
      ),
    otelExporterOtlpHeaders: secret()
      .optional()
      .describe('Headers of the requests to the trace collector, in the form name=value,name=value.'),
    otelTracesSamplerArg: ratio()
      .default(0.1)
      .describe(
        'Share of requests that are traced, from 0 to 1. The gateway decides for all services. Use 1 if the collector selects the traces to keep.',
      ),
    requestDeadlineMs: integer({ min: 100, max: 120_000 })
      .default(10_000)
      .describe('Longest duration of a request. A caller may send a shorter deadline.'),
    bodyBytesMax: integer({ min: 1_024, max: 10_485_760 })
      .default(65_536)
      .describe(
        'Size limit of a request body, in bytes. Use the same value for the edge, the gateway and the services.',
      ),
    connectionsMax: integer({ min: 1, max: 1_000_000 })
      .default(10_000)
      .describe(
        'Highest number of open connections of each process. The process closes any further connection at once.',
      ),
    keepAliveTimeoutMs: integer({ min: 1_000, max: 3_600_000 })
      .default(75_000)
      .describe(
        'Milliseconds after which the service closes an unused connection. This time must be at least 15 s longer than the idle time of the edge or load balancer. For example, the idle time of Google Cloud is 600 s, so use 620000.',
      ),
    // After this time, a worker without its stores responds with 503, which is better than a refused connection.
    readyPatienceMs: integer({ min: 0, max: 3_600_000 })
      .default(5_000)
      .describe(
        'Longest time for which a starting cluster worker waits for its stores. Then the worker opens its ports, even if a store does not answer.',
      ),
    preDrainDelayMs: integer({ min: 0, max: 60_000 })
      .default(0)
      .describe(
        'Time for which a stopping instance still accepts connections. During this time, load balancers notice that the instance is stopping. Use 0 under PM2.',
      ),
    drainWindowMs: integer({ min: 0, max: 600_000 })
      .default(25_000)
      .describe(
        'Longest time for which a stopping instance waits for its open connections after PRE_DRAIN_DELAY_MS. This time must be longer than the longest deadline of a request.',
      ),
    closeTimeoutMs: integer({ min: 100, max: 60_000 })
      .default(5_000)
      .describe(
        'Longest time for which a stopping instance waits until a store connection, a consumer or a worker is closed.',
      ),
  };
}

export type ServiceSettings = z.output<z.ZodObject<ReturnType<typeof serviceSettings>>>;
