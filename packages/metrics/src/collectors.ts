import { Counter, type Registry } from 'prom-client';

/** How long one collector may take: a store that hangs must not hang the scrape. */
const COLLECT_TIMEOUT_MS = 1_000;

export interface Collectors {
  /** Runs `collect` at each scrape of `metric`; `forget` runs when it fails, so that a stale figure is not shown. */
  add(metric: string, collect: () => unknown, forget?: () => void): () => void;
  run(metric: string): Promise<void>;
}

/** What is read only when somebody scrapes. One that fails or takes longer than a second costs its own figure and is counted. */
export function createCollectors(registry: Registry): Collectors {
  const byMetric = new Map<string, Set<() => Promise<void>>>();
  const failures = new Counter({
    name: 'metrics_collect_failures_total',
    help: 'Figures that could not be read for a scrape.',
    labelNames: ['metric'],
    registers: [registry],
  });

  async function attempt(metric: string, collect: () => unknown, forget?: () => void): Promise<void> {
    try {
      await withinMs(collect, COLLECT_TIMEOUT_MS);
    } catch {
      failures.inc({ metric });
      forget?.();
    }
  }

  return {
    add(metric, collect, forget) {
      const collectors = byMetric.get(metric) ?? new Set();
      byMetric.set(metric, collectors);
      const attempted = () => attempt(metric, collect, forget);
      collectors.add(attempted);
      return () => {
        collectors.delete(attempted);
        forget?.();
      };
    },
    async run(metric) {
      await Promise.all([...(byMetric.get(metric) ?? [])].map((attempted) => attempted()));
    },
  };
}

async function withinMs(collect: () => unknown, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no figure within ${timeoutMs} ms`)), timeoutMs).unref();
  });
  try {
    await Promise.race([collect(), timeout]);
  } finally {
    clearTimeout(timer);
  }
}
