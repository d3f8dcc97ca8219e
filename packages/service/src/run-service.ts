import cluster from 'node:cluster';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Express } from 'express';
import { ConfigError, loadConfig } from '@mainstay/config';
import { createShutdown, type Shutdown } from './shutdown/shutdown.js';
import { createLogger, currentContext, withContext, type Log } from '@mainstay/logging';
import { openMetrics, type Metrics } from '@mainstay/metrics';
import { openTracing, type Tracing } from '@mainstay/tracing';
import type { z } from 'zod';
import { createHealth, type Health } from './health.js';
import { closeServer, createLimitedServer, listen } from './listen.js';
import { createManagementApp } from './management-app.js';
import type { ServiceSettings } from './settings.js';
import { observeShipping, openShipping } from './ship-logs.js';

/** The objects that every service needs. The composition root of a service gets the objects from `runService`. */
export interface Runtime<Config> {
  config: Config;
  log: Log;
  metrics: Metrics;
  tracing: Tracing;
  health: Health;
  /**
   * Registers a resource that must be closed at shutdown. Resources close in reverse order of registration. Call
   * `onClose` directly after opening a resource.
   */
  onClose: Shutdown['onClose'];
  /** Aborts when the shutdown begins, so that live feeds and loops end. */
  drainSignal: AbortSignal;
}

export interface ServiceDescription<Config extends ServiceSettings> {
  name: string;
  configSchema: z.ZodObject & z.ZodType<Config>;
}

/**
 * Runs a service until the process receives SIGTERM, SIGINT or the shutdown message of PM2. If a setting is wrong or a
 * port is in use, the process reports the fault in one sentence and exits with 1.
 */
export async function runService<Config extends ServiceSettings>(
  { name, configSchema }: ServiceDescription<Config>,
  start: (runtime: Runtime<Config>) => Promise<Express> | Express,
): Promise<void> {
  const config = await orExit<Config>(() => loadConfig({ service: name, schema: configSchema }));
  const { version, metricsDir: directory } = config;
  const origin = { service: name, version, instance: `${hostname()}-${process.pid}` };
  const shipping = await orExit(() => openShipping(name, config));
  const log = createLogger({ ...origin, level: config.logLevel, transports: shipping ? [shipping.transport] : [] });
  exitOnStrayErrors(log);
  const shutdown = createShutdown({ log, ...config });
  shutdown.onClose(log, 'log');
  shutdown.listen();
  try {
    const metrics = await openMetrics({ service: name, version, directory, log });
    observeShipping(shipping, { log, metrics });
    // Resources close in reverse order of registration. Tracing must close after all traced resources, so that the
    // spans of the resources are sent. Therefore tracing is registered before the traced resources.
    const tracing = shutdown.onClose(await traceBy(origin, config, { log, metrics }), 'tracing');
    shutdown.onClose(metrics, 'metrics');
    const health = shutdown.onClose(
      createHealth({
        isDraining: () => shutdown.draining,
        onChange: (store, failure) => reportStore(log, store, failure),
      }),
      'health',
    );
    const { managementHost, managementPort, host, port, bodyBytesMax } = config;
    const management = createLimitedServer(createManagementApp({ health, metrics }), { bodyBytesMax });
    if (cluster.isWorker) shutdown.drain(management, { waits: false });
    shutdown.onClose(() => closeServer(management), 'management port');
    const openManagement = () => listen(management, { host: managementHost, port: managementPort });
    if (!cluster.isWorker) await openManagement();

    const { onClose, signal: drainSignal } = shutdown;
    const app = await start({ config, log, metrics, tracing, health, onClose, drainSignal });
    const report = (message: string, fields: Record<string, unknown>) => log.info(message, fields);
    const { keepAliveTimeoutMs, connectionsMax } = config;
    const server = createLimitedServer(app, { keepAliveTimeoutMs, connectionsMax, bodyBytesMax, report });
    shutdown.drain(server);
    if (cluster.isWorker) {
      // Workers share the ports, so a worker gets requests as soon as the worker listens. Therefore a worker first
      // waits until the stores answer, but at most `readyPatienceMs`.
      await Promise.race([health.ready(), delay(config.readyPatienceMs)]);
      if (shutdown.draining) return;
      await openManagement();
    }
    await listen(server, { host, port });
    log.info('listening', { host, port, managementPort });
    void health.ready().then(() => announceReady(log));
  } catch (error) {
    log.error(error instanceof Error ? error.message : 'could not start', { error });
    await shutdown.begin('could not start', 1);
  }
}

async function orExit<Value>(read: () => Value | Promise<Value>): Promise<Value> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // Under PM2, writes to stderr are asynchronous, so wait for the write before the exit.
    await new Promise((resolve) => process.stderr.write(`${error.message}\n`, 'utf8', resolve));
    process.exit(1);
  }
}

function traceBy(
  origin: { service: string; version: string; instance: string },
  config: ServiceSettings,
  { log, metrics }: { log: Log; metrics: Metrics },
): Promise<Tracing> {
  const spans = metrics.counter({
    name: 'trace_spans_total',
    help: 'Spans by outcome: exported, failed (the collector did not accept them), dropped (too many waited).',
    labelNames: ['outcome'],
  });
  return openTracing({
    ...origin,
    endpoint: config.otelExporterOtlpEndpoint,
    headers: config.otelExporterOtlpHeaders?.reveal(),
    sampleRatio: config.otelTracesSamplerArg,
    context: { current: currentContext, run: withContext },
    log,
    onSpans: (outcome, count) => spans.inc({ outcome }, count),
  });
}

/** After an unexpected error the process exits, so that PM2 starts a new process. */
function exitOnStrayErrors(log: Log): void {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      log.error(`stopping: ${event}`, { error });
      void log.close().finally(() => process.exit(1));
    });
  }
}

function reportStore(log: Log, store: string, failure: unknown): void {
  if (failure === undefined) log.info('store answers', { store });
  else log.warn('store does not answer', { store, error: failure });
}

/** Sends the message `ready` to PM2. After the message, PM2 stops the old worker. */
function announceReady(log: Log): void {
  log.info('ready');
  process.send?.('ready');
}
