import { within } from '@mainstay/errors';
import { Counter, type Registry } from 'prom-client';

/** How long one collector may take: a hanging store must not hang the scrape. */
const COLLECT_TIMEOUT_MS = 1_000;

export interface Collector<Figure> {
  read: () => Figure | Promise<Figure>;
  /** Called with what `read` returned, unless it was late. */
  show?: (figure: Figure) => void;
  /** Runs when the read failed, so that a stale figure is not shown. */
  forget?: () => void;
}

export interface Collectors {
  /** Reads at each scrape of `metric`, until the returned function is called. */
  add<Figure>(metric: string, collector: Collector<Figure>): () => void;
  run(metric: string): Promise<void>;
}

/**
 * Reads values only for a scrape. A read that fails or takes longer than a second loses its own figure and is
 * counted. While it hangs it is not started again, so that scrapes do not pile up on a store.
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

/** If a call is in progress, returns its promise instead of starting another one. */
function oneAtATime<Figure>(read: () => Figure | Promise<Figure>): () => Promise<Figure> {
  let underWay: Promise<Figure> | undefined;
  const start = async () => read();
  return () => (underWay ??= start().finally(() => (underWay = undefined)));
}
