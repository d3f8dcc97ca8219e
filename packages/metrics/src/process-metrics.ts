import {
  constants,
  monitorEventLoopDelay,
  performance,
  PerformanceObserver,
  type PerformanceEntry,
} from 'node:perf_hooks';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const RESOLUTION_MS = 10;
const NANOSECONDS = 1e9;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Whether the metrics page shows one series per process, as for memory. */
export function isOfOneProcess(gauge: string): boolean {
  return /^(process|nodejs_(heap_size|external_memory|eventloop))_/.test(gauge);
}

/** The default metrics to keep. The other defaults are not needed, or their observers cannot be stopped. */
const KEPT_DEFAULTS = [
  'process_cpu_user_seconds_total',
  'process_cpu_system_seconds_total',
  'process_cpu_seconds_total',
  'process_start_time_seconds',
  'process_resident_memory_bytes',
  'process_virtual_memory_bytes',
  'process_heap_bytes',
  'process_open_fds',
  'process_max_fds',
  'nodejs_heap_size_total_bytes',
  'nodejs_heap_size_used_bytes',
  'nodejs_external_memory_bytes',
  'nodejs_heap_space_size_total_bytes',
  'nodejs_heap_space_size_used_bytes',
  'nodejs_heap_space_size_available_bytes',
  'nodejs_version_info',
];

/** Measures the process, with the metric names of Grafana's Node.js dashboards. */
export function watchProcess(registry: Registry): { close(): void } {
  registerDefaults(registry);
  const watches = [watchEventLoopDelay(registry), watchGarbageCollection(registry)];
  registerUtilisation(registry);
  return {
    close() {
      for (const watch of watches) watch.close();
    },
  };
}

/** prom-client always registers all default metrics, so copy the kept metrics from a separate registry. */
function registerDefaults(registry: Registry): void {
  const defaults = new Registry();
  // The timers of the omitted metrics cannot be stopped, so they get the longest interval.
  const never = { eventLoopMonitoringPrecision: LONGEST_TIMER_MS, eventLoopUtilizationTimeout: LONGEST_TIMER_MS };
  collectDefaultMetrics({ register: defaults, ...never });
  for (const name of KEPT_DEFAULTS) {
    const metric = defaults.getSingleMetric(name);
    if (metric) registry.registerMetric(metric);
  }
}

function watchEventLoopDelay(registry: Registry): { close(): void } {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  const percentileOf = (percent: number) =>
    // Node measures the time between two ticks, so subtract the planned wait, which is not a delay.
    delays.count === 0 ? 0 : Math.max(0, delays.percentile(percent) / NANOSECONDS - RESOLUTION_MS / 1_000);
  const registers = [registry];
  const help = (percent: number) =>
    `Event-loop delay that ${percent} % of the samples since the last scrape stay under.`;
  // The registry reads this gauge first, so this gauge also sets p99.
  new Gauge({
    name: 'nodejs_eventloop_lag_p50_seconds',
    help: help(50),
    registers,
    collect() {
      this.set(percentileOf(50));
      p99.set(percentileOf(99));
      delays.reset();
    },
  });
  const p99 = new Gauge({ name: 'nodejs_eventloop_lag_p99_seconds', help: help(99), registers });
  return { close: () => void delays.disable() };
}

function registerUtilisation(registry: Registry): void {
  let last = performance.eventLoopUtilization();
  new Gauge({
    name: 'nodejs_eventloop_utilization_ratio',
    help: 'Share of the time since the last scrape that the event loop was busy.',
    registers: [registry],
    collect() {
      const now = performance.eventLoopUtilization();
      this.set(performance.eventLoopUtilization(now, last).utilization);
      last = now;
    },
  });
}

const collectionKinds = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
]);

function watchGarbageCollection(registry: Registry): { close(): void } {
  const pauses = new Histogram({
    name: 'nodejs_gc_duration_seconds',
    help: 'Pauses for garbage collection by kind: major, minor, incremental or weakcb.',
    labelNames: ['kind'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1],
    registers: [registry],
  });
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { kind } = (entry as PerformanceEntry & { detail: { kind: number } }).detail;
      pauses.observe({ kind: collectionKinds.get(kind) ?? 'other' }, entry.duration / 1_000);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  return { close: () => observer.disconnect() };
}
