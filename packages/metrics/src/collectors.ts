import { within } from '@mainstay/errors';
import { Counter, type Registry } from 'prom-client';

/** The time limit of one read, so that a slow store delays the scrape only briefly. */
const COLLECT_TIMEOUT_MS = 1_000;

export interface Collector<Figure> {
  read: () => Figure | Promise<Figure>;
  /** Called with the result of a successful read. */
  show?: (figure: Figure) => void;
  /** Removes the old value. Called when a read fails, and when the reads stop. */
  forget?: () => void;
}

export interface Collectors {
  /** Calls `read` at each scrape of `metric`, until the returned function is called. */
  add<Figure>(metric: string, collector: Collector<Figure>): () => void;
  run(metric: string): Promise<void>;
}

/** Reads values at each scrape. If a read fails or takes over a second, `forget` removes the old value. */
export function createCollectors(registry: Registry): Collectors {
  const byMetric = new Map<string, Set<() => Promise<void>>>();
  const failures = new Counter({
    name: 'metrics_collect_failures_total',
    help: 'Figures that could not be read for a scrape.',
    labelNames: ['metric'],
    registers: [registry],
  });

  return {
    add(metric, { read, show, forget }) {
      const readOnce = oneAtATime(read);
      async function attempt(): Promise<void> {
        try {
          const figure = await within(readOnce(), COLLECT_TIMEOUT_MS);
          if (collectors.has(attempt)) show?.(figure);
        } catch {
          failures.inc({ metric });
          forget?.();
        }
      }
      const collectors = byMetric.get(metric) ?? new Set();
      byMetric.set(metric, collectors.add(attempt));
      return () => {
        collectors.delete(attempt);
        forget?.();
      };
    },
    async run(metric) {
      await Promise.all([...(byMetric.get(metric) ?? [])].map((attempt) => attempt()));
    },
  };
}

/** If a read is running, returns the same promise, so that a slow store gets no second read. */
function oneAtATime<Figure>(read: () => Figure | Promise<Figure>): () => Promise<Figure> {
  let underWay: Promise<Figure> | undefined;
  const start = async () => read();
  return () => (underWay ??= start().finally(() => (underWay = undefined)));
}
