import { loadConfig } from '@mainstay/config';
import { createLogger, type LoggerOptions } from '@mainstay/logging';
import { createMetrics } from '@mainstay/metrics';
import { noTracing } from '@mainstay/tracing';
import type { HealthReport } from './health.js';
import type { Runtime, ServiceDescription } from './run-service.js';
import type { ServiceSettings } from './settings.js';
import { createClosers } from './shutdown/closers.js';

export interface TestRuntimeOptions<Config extends ServiceSettings> extends ServiceDescription<Config> {
  /** The settings by their names in the environment. The runtime reads no file. */
  settings: Record<string, string>;
  /** The status of the health report. Default: ok. */
  status?: HealthReport['status'];
  /** Default: error. */
  level?: LoggerOptions['level'];
}

export interface TestRuntime<Config> extends Runtime<Config> {
  /** Aborts `drainSignal`, as a stopping process does first. */
  drain: () => void;
  /** Drains, then closes the resources in reverse order. */
  close: () => Promise<void>;
}

/** Makes a runtime for tests of an `app.ts`, without ports, signals, traces and probes. */
export function createTestRuntime<Config extends ServiceSettings>(
  options: TestRuntimeOptions<Config>,
): TestRuntime<Config> {
  const { name: service, configSchema: schema, settings: env, status = 'ok', level = 'error' } = options;
  const config: Config = loadConfig({ service, schema, env });
  const log = createLogger({ service, version: 'test', level });
  const metrics = createMetrics({ service, version: 'test' });
  const closers = createClosers({ log, timeoutMs: 10_000 });
  closers.add(metrics, 'metrics');
  const draining = new AbortController();
  return {
    config,
    log,
    metrics,
    tracing: noTracing,
    health: {
      require: () => undefined,
      report: () => ({ status, waitingFor: [], degraded: [] }),
      ready: () => Promise.resolve(),
      close: () => undefined,
    },
    onClose(resource, name = 'resource') {
      closers.add(resource, name);
      return resource;
    },
    drainSignal: draining.signal,
    drain: () => draining.abort(),
    async close() {
      draining.abort();
      await closers.closeAll();
    },
  };
}
