import type { RequestHandler } from 'express';
import {
  Counter,
  Gauge,
  Histogram,
  Registry,
  type CounterConfiguration,
  type GaugeConfiguration,
  type HistogramConfiguration,
  type LabelValues,
} from 'prom-client';
import { createCollectors } from './collectors.js';
import { watchProcess } from './process-metrics.js';
import { createRequestMetrics, type RequestTimes } from './request-metrics.js';

type Options<Configuration> = Omit<Configuration, 'registers'>;

/** A gauge. Set its value with `set`, or give `observe` a function that reads the value at each scrape. */
export type ObservedGauge<Label extends string> = Gauge<Label> & {
  /** Calls `read` at each scrape, and waits at most a second for its result. The returned function ends these calls. */
  observe(labels: LabelValues<Label>, read: () => number | Promise<number>): () => void;
};

/**
 * The metrics of one process. Two callers with the same metric name share one metric.
 * @throws Error if the name exists with a different kind or different labels
 */
export interface Metrics {
  counter<Label extends string>(options: Options<CounterConfiguration<Label>>): Counter<Label>;
  gauge<Label extends string>(options: Options<GaugeConfiguration<Label>>): ObservedGauge<Label>;
  histogram<Label extends string>(options: Options<HistogramConfiguration<Label>>): Histogram<Label>;
  /** A middleware that measures requests. Install it first, so that refused requests count too. */
  requestMetrics(): RequestHandler;
  /** Functions that measure as `requestMetrics` does, for code that serves a request without middlewares. */
  requestTimes(): RequestTimes;
  /** Returns the metrics page for Prometheus. If a read of `observe` fails, the page lacks that value. */
  render(): Promise<{ contentType: string; body: string }>;
  /** Stops measuring the process, and removes all metrics. */
  close(): void;
}

export function createMetrics(
  { service, version }: { service: string; version: string },
  registry = new Registry(),
): Metrics {
  const collectors = createCollectors(registry);
  const processWatch = watchProcess(registry);
  registerBuildInfo(registry, { service, version });
  const known = new Map<string, { metric: object; labels: string }>();
  let requests: ReturnType<typeof createRequestMetrics> | undefined;
  const requestsOnce = () => (requests ??= createRequestMetrics(registry));

  function registered<Kind extends object>(
    { name, labelNames = [], collect }: { name: string; labelNames?: readonly string[]; collect?: unknown },
    kind: abstract new (...configuration: never[]) => Kind,
    create: (shared: { registers: Registry[]; collect: () => Promise<void> }) => Kind,
  ): Kind {
    const labels = labelNames.join();
    const existing = known.get(name);
    if (existing && !(existing.metric instanceof kind && existing.labels === labels)) {
      throw new Error(`metric ${name} exists as another kind or with other labels`);
    }
    const metric = existing?.metric ?? create({ registers: [registry], collect: () => collectors.run(name) });
    known.set(name, { metric, labels });
    if (typeof collect === 'function') collectors.add(name, { read: () => collect.call(metric) as unknown });
    return metric as Kind;
  }

  function observable<Label extends string>(name: string, gauge: Gauge<Label>): ObservedGauge<Label> {
    return Object.assign(gauge, {
      observe(labels: LabelValues<Label>, read: () => number | Promise<number>) {
        return collectors.add(name, {
          read,
          show: (figure) => gauge.set(labels, figure),
          forget: () => gauge.remove(labels),
        });
      },
    });
  }

  return {
    counter: <Label extends string>(options: Options<CounterConfiguration<Label>>) =>
      registered(options, Counter<Label>, (shared) => new Counter<Label>({ ...options, ...shared })),
    gauge: <Label extends string>(options: Options<GaugeConfiguration<Label>>) =>
      observable(
        options.name,
        registered(options, Gauge<Label>, (shared) => new Gauge<Label>({ ...options, ...shared })),
      ),
    histogram: <Label extends string>(options: Options<HistogramConfiguration<Label>>) =>
      registered(options, Histogram<Label>, (shared) => new Histogram<Label>({ ...options, ...shared })),
    requestMetrics: () => requestsOnce().middleware,
    requestTimes: () => requestsOnce().times,
    async render() {
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
    close() {
      processWatch.close();
      registry.clear();
    },
  };
}

/** Registers one series with the value 1. Dashboards read the version from its labels. */
function registerBuildInfo(registry: Registry, build: { service: string; version: string }): void {
  const info = new Gauge({
    name: 'service_build_info',
    help: 'Always 1; its labels name the running build.',
    labelNames: ['service', 'version', 'node_version'],
    registers: [registry],
    aggregator: 'first',
  });
  info.set({ ...build, node_version: process.version }, 1);
}
