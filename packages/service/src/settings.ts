import { z } from 'zod';
import { integer, port, ratio, secret, text, url } from '@mainstay/config';
import { logShippingSettings } from './log-shipping-settings.js';

/** The settings of every service. Spread them into the service's schema. */
export function serviceSettings(defaults: { port: number; managementPort: number }) {
  return {
    host: text().default('127.0.0.1').describe('Address that the service listens on.'),
    port: port().default(defaults.port).describe('Port that the service listens on.'),
    managementHost: text().default('127.0.0.1').describe('Address of the management port. Never public.'),
    managementPort: port().default(defaults.managementPort).describe('Port of /livez, /readyz, /healthz and /metrics.'),
    metricsDir: text()
      .default('')
      .describe(
        'Folder in which the workers of a cluster share their metrics. If empty, each process reports only itself.',
      ),
    workers: integer({ min: 1, max: 1_024 })
      .default(1)
      .describe(
        'Processes that share the store connections of this service. ecosystem.config.js sets it; otherwise 1.',
      ),
    version: text().default('dev').describe('Version in logs and metrics: the release or the image tag.'),
    logLevel: z
      .enum(['debug', 'info', 'warn', 'error'], { error: 'must be debug, info, warn or error' })
      .default('info')
      .describe('Least severity that is logged.'),
    ...logShippingSettings,
    otelExporterOtlpEndpoint: url()
      .optional()
      .describe(
        'Collector that receives traces by OTLP/HTTP, such as http://127.0.0.1:4318. Without it tracing is off.',
      ),
    otelExporterOtlpHeaders: secret().optional().describe('Headers for the trace collector: name=value,name=value.'),
    otelTracesSamplerArg: ratio()
      .default(0.1)
      .describe(
        'Share of traces that are recorded, 0 to 1. The gateway decides for all services. Use 1 if the collector samples.',
      ),
    requestDeadlineMs: integer({ min: 100, max: 120_000 })
      .default(10_000)
      .describe('Longest duration of a request. A caller may send a shorter deadline.'),
    bodyBytesMax: integer({ min: 1_024, max: 10_485_760 })
      .default(65_536)
      .describe('Largest request body, in bytes. One value for the edge, the gateway and the services.'),
    connectionsMax: integer({ min: 1, max: 1_000_000 })
      .default(10_000)
      .describe('Most open connections. A connection above this limit is closed at once.'),
    keepAliveTimeoutMs: integer({ min: 1_000, max: 3_600_000 })
      .default(75_000)
      .describe(
        'How long an unused connection is kept: 15 s longer than the edge or load balancer keeps it. 620000 behind Google Cloud, which keeps 600 s.',
      ),
    // After this time the worker responds with 503, which is better than a refused connection.
    readyPatienceMs: integer({ min: 0, max: 3_600_000 })
      .default(5_000)
      .describe('How long a starting worker of a cluster waits for its stores before it opens its ports.'),
    preDrainDelayMs: integer({ min: 0, max: 60_000 })
      .default(0)
      .describe('How long a stopping instance still accepts connections, so that load balancers notice. 0 under PM2.'),
    drainWindowMs: integer({ min: 0, max: 600_000 })
      .default(25_000)
      .describe(
        'How long open connections may take to finish after PRE_DRAIN_DELAY_MS. Must exceed the longest deadline.',
      ),
    closeTimeoutMs: integer({ min: 100, max: 60_000 })
      .default(5_000)
      .describe('How long each store, consumer or worker may take to close.'),
  };
}

export type ServiceSettings = z.output<z.ZodObject<ReturnType<typeof serviceSettings>>>;
