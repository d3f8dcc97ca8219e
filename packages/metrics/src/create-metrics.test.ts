import { describe, expect, it, afterEach, jest } from '@jest/globals';
import { createMetrics, type Metrics } from './index.js';

const opened: Metrics[] = [];
afterEach(() => {
  jest.useRealTimers();
  for (const metrics of opened.splice(0)) metrics.close();
});

function open(): Metrics {
  const metrics = createMetrics({ service: 'accounts', version: '1.2.3' });
  opened.push(metrics);
  return metrics;
}

const textOf = async (metrics: Metrics) => (await metrics.render()).body;

/** Returns the value of a series in the scraped text. */
async function valueOf(metrics: Metrics, series: string): Promise<number | undefined> {
  const line = (await textOf(metrics)).split('\n').find((text) => text.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length));
}

describe('createMetrics', () => {
  it('renders Prometheus text from its own registry', async () => {
    const [one, other] = [open(), open()];
    one.counter({ name: 'transfers_total', help: 'Transfers.' }).inc();
    expect((await one.render()).contentType).toContain('text/plain; version=0.0.4');
    expect(await valueOf(one, 'transfers_total')).toBe(1);
    expect(await textOf(other)).not.toContain('transfers_total');
  });

  it('shows the running build and the resources of the process', async () => {
    const text = await textOf(open());
    expect(text).toContain(
      `service_build_info{service="accounts",version="1.2.3",node_version="${process.version}"} 1`,
    );
    for (const name of [
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'process_start_time_seconds',
      'nodejs_heap_size_used_bytes',
      'nodejs_eventloop_lag_p50_seconds',
      'nodejs_eventloop_lag_p99_seconds',
      'nodejs_eventloop_utilization_ratio',
      'nodejs_gc_duration_seconds',
    ]) {
      expect(text).toContain(`# TYPE ${name} `);
    }
  });

  it('has no gauge whose name ends in _total', async () => {
    expect(await textOf(open())).not.toMatch(/# TYPE \S+_total gauge/);
  });

  it('returns the existing metric of a name, and refuses a different kind', async () => {
    const metrics = open();
    const options = { name: 'pool_connections', help: 'Connections.', labelNames: ['store'] } as const;
    expect(metrics.gauge(options)).toBe(metrics.gauge(options));
    expect(() => metrics.counter(options)).toThrow('pool_connections');
    expect(() => metrics.gauge({ ...options, labelNames: ['role'] })).toThrow('pool_connections');
    expect(() => metrics.gauge({ name: 'process_open_fds', help: 'Taken.' })).toThrow();
    await metrics.render();
  });

  it('is empty after close', async () => {
    const metrics = open();
    metrics.close();
    expect((await textOf(metrics)).trim()).toBe('');
  });
});

describe('values that are read at a scrape', () => {
  const gaugeOptions = { name: 'pool_connections', help: 'Connections.', labelNames: ['store'] } as const;

  it('calls every `collect` of a metric name, with the metric as `this`', async () => {
    const metrics = open();
    for (const store of ['pg', 'redis']) {
      metrics.gauge({
        ...gaugeOptions,
        collect() {
          this.set({ store }, store.length);
        },
      });
    }
    expect(await valueOf(metrics, 'pool_connections{store="pg"}')).toBe(2);
    expect(await valueOf(metrics, 'pool_connections{store="redis"}')).toBe(5);
  });

  it('reads an observed gauge until the returned function is called', async () => {
    const metrics = open();
    let connections = 3;
    const stop = metrics.gauge(gaugeOptions).observe({ store: 'pg' }, () => connections);
    expect(await valueOf(metrics, 'pool_connections{store="pg"}')).toBe(3);
    connections = 4;
    expect(await valueOf(metrics, 'pool_connections{store="pg"}')).toBe(4);
    stop();
    expect(await valueOf(metrics, 'pool_connections{store="pg"}')).toBeUndefined();
  });

  it('leaves out the value of a read that fails, shows the other values and counts the failure', async () => {
    const metrics = open();
    let read = () => 1;
    metrics.gauge(gaugeOptions).observe({ store: 'pg' }, () => read());
    metrics.gauge(gaugeOptions).observe({ store: 'redis' }, () => 2);
    await metrics.render();
    read = () => {
      throw new Error('down');
    };
    for (const failures of [1, 2]) {
      const text = await textOf(metrics);
      expect(text).not.toContain('store="pg"');
      expect(text).toContain('pool_connections{store="redis"} 2');
      expect(await metricsFailures(metrics)).toBeGreaterThanOrEqual(failures);
    }
    read = () => 1;
    expect(await valueOf(metrics, 'pool_connections{store="pg"}')).toBe(1);
  });

  it('stops waiting for a read after a second, and does not start it again while it runs', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'performance'] });
    const metrics = open();
    let started = 0;
    let answer: (figure: number) => void = () => undefined;
    metrics.gauge(gaugeOptions).observe({ store: 'pg' }, () => {
      started += 1;
      return new Promise<number>((resolve) => (answer = resolve));
    });
    for (let scrape = 0; scrape < 2; scrape += 1) {
      const rendering = textOf(metrics);
      await jest.advanceTimersByTimeAsync(1_000);
      expect(await rendering).not.toContain('store="pg"');
    }
    expect(started).toBe(1);
    answer(9);
    await jest.advanceTimersByTimeAsync(0);
    const rendering = textOf(metrics);
    answer(7);
    expect(await rendering).toContain('pool_connections{store="pg"}');
  });

  const metricsFailures = async (metrics: Metrics) =>
    (await valueOf(metrics, 'metrics_collect_failures_total{metric="pool_connections"}')) ?? 0;
});

describe('the process', () => {
  it('shows how long the event loop was blocked, and resets it after a scrape', async () => {
    const metrics = open();
    const tick = () => new Promise((resolve) => setTimeout(resolve, 15));
    await tick();
    const untilMs = performance.now() + 120;
    while (performance.now() < untilMs);
    await tick();
    const blocked = (await valueOf(metrics, 'nodejs_eventloop_lag_p99_seconds')) ?? 0;
    expect(blocked).toBeGreaterThan(0.09);
    expect(await valueOf(metrics, 'nodejs_eventloop_lag_p99_seconds')).toBeLessThan(blocked);
  });

  it('counts garbage collections by kind', async () => {
    const metrics = open();
    const counted = async () =>
      /nodejs_gc_duration_seconds_count\{kind="(minor|major|incremental)"\} [1-9]/.test(await textOf(metrics));
    let garbage: unknown[] = [];
    while (!(await counted())) {
      garbage = Array.from({ length: 100_000 }, (_, index) => ({ index }));
      await new Promise(setImmediate);
    }
    expect(garbage.length).toBe(100_000);
  });
});
