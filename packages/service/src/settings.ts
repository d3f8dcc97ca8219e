import { z } from 'zod';
import { integer, port, ratio, secret, text, url } from '@mainstay/config';
import { logShippingSettings } from './log-shipping-settings.js';

/** The settings that every service has; spread into its schema. Only the ports differ by default. */
export function serviceSettings(defaults: { port: number; managementPort: number }) {
  return {
    host: text().default('127.0.0.1').describe('Address that the service listens on.'),
    port: port().default(defaults.port).describe('Port that the service listens on.'),
    managementHost: text().default('127.0.0.1').describe('Address of the management port. Never public.'),
    managementPort: port().default(defaults.managementPort).describe('Port of /livez, /readyz, /healthz and /metrics.'),
    metricsDir: text()
      .default('')
      .describe(
        'Folder in which the workers of a cluster share their metrics; empty: this process answers for itself.',
      ),
    workers: integer({ min: 1, max: 1_024 })
      .default(1)
      .describe(
        'Processes that share what this service may have of its stores. Set by ecosystem.config.js; 1 elsewhere.',
      ),
    version: text().default('dev').describe('Version in logs and metrics; the release or the image tag.'),
    logLevel: z
      .enum(['debug', 'info', 'warn', 'error'], { error: 'must be debug, info, warn or error' })
      .default('info')
      .describe('Least severity that is logged.'),
    ...logShippingSettings,
    otelExporterOtlpEndpoint: url()
      .optional()
      .describe(
        'Where a collector takes traces by OTLP/HTTP, such as http://127.0.0.1:4318; nothing is traced without.',
      ),
    otelExporterOtlpHeaders: secret()
      .optional()
      .describe('What that collector wants to see as headers: name=value,name=value.'),
    otelTracesSamplerArg: ratio()
      .default(0.1)
      .describe(
        'Share of the traces that are recorded, 0 to 1; the gateway decides for all. 1 where the collector chooses.',
      ),
    requestDeadlineMs: integer({ min: 100, max: 120_000 })
      .default(10_000)
      .describe('Longest that a request may take, where its caller says nothing shorter.'),
    bodyBytesMax: integer({ min: 1_024, max: 10_485_760 })
      .default(65_536)
      .describe('Largest request body, in bytes, whatever is answered. The same for all services.'),
    connectionsMax: integer({ min: 1, max: 1_000_000 })
      .default(10_000)
      .describe('Most connections open at once; one beyond it is closed as it comes.'),
    keepAliveTimeoutMs: integer({ min: 1_000, max: 3_600_000 })
      .default(75_000)
      .describe(
        'How long an unused connection is kept: 15 s longer than whatever stands in front keeps it. 620000 behind Google Cloud, which keeps 600 s.',
      ),
    // After it, an answer that says what is missing is better than a refused connection.
    readyPatienceMs: integer({ min: 0, max: 3_600_000 })
      .default(5_000)
      .describe('How long a worker of a cluster that still lacks a store leaves its ports to the others.'),
    preDrainDelayMs: integer({ min: 0, max: 60_000 })
      .default(0)
      .describe('How long a stopping instance goes on accepting while load balancers notice. 0 under PM2.'),
    drainWindowMs: integer({ min: 0, max: 600_000 })
      .default(25_000)
      .describe('How long kept-alive connections may finish after that. Above the longest deadline.'),
    closeTimeoutMs: integer({ min: 100, max: 60_000 })
      .default(5_000)
      .describe('How long each store, consumer or worker may take to close.'),
  };
}

export type ServiceSettings = z.output<z.ZodObject<ReturnType<typeof serviceSettings>>>;
