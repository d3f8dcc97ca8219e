import { within } from '@mainstay/errors';
import { Counter, type Registry } from 'prom-client';

/** The time limit of one read, so that a store that does not answer cannot delay the scrape. */
const COLLECT_TIMEOUT_MS = 1_000;

export interface Collector<Figure> {
  read: () => Figure | Promise<Figure>;
  /** Called with the result of `read`, unless the read failed or took too long. */
  show?: (figure: Figure) => void;
  /** Called if there is no result, and when the reads stop. The metrics page must not show an old value. */
  forget?: () => void;
}

export interface Collectors {
  /** Calls `read` at each scrape of `metric`, until the returned function is called. */
  add<Figure>(metric: string, collector: Collector<Figure>): () => void;
  run(metric: string): Promise<void>;
}

/**
 * Reads values only for a scrape. If a read fails or takes longer than a second, its value is left out and the failure
 * is counted. While a read is running, a scrape does not start it again, because more reads would slow the store down.
 */
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

/** If a call is running, returns its promise instead of starting another call. */
function oneAtATime<Figure>(read: () => Figure | Promise<Figure>): () => Promise<Figure> {
  let underWay: Promise<Figure> | undefined;
  const start = async () => read();
  return () => (underWay ??= start().finally(() => (underWay = undefined)));
}
