import { Counter, Gauge, type Registry } from 'prom-client';

export interface TroubleLog {
  warn(message: string, fields?: Record<string, unknown>): void;
}

/**
 * Counts and logs each failure to read or write the folder in which the workers share their metrics. Also counts and
 * logs each request for metrics to which a running worker does not reply.
 */
export function watchTroubles({ registry, log }: { registry: Registry; log: TroubleLog }) {
  const registers = [registry];
  const answered = new Gauge({
    name: 'metrics_workers_answered',
    help: 'Workers whose gauges are on this page, including the worker that made it.',
    aggregator: 'first',
    registers,
  });
  const unanswered = new Counter({
    name: 'metrics_workers_unanswered_total',
    help: 'How often a running worker did not respond for a page: its gauges were missing, and its totals came from its file.',
    registers,
  });
  const failures = new Counter({
    name: 'metrics_folder_failures_total',
    help: 'How often the shared folder of the workers could not be read or written, or contained a foreign file.',
    labelNames: ['operation'],
    registers,
  });
  const count = (operation: 'read' | 'write' | 'retire') => {
    failures.inc({ operation }, 0);
    return (error: unknown): undefined => {
      failures.inc({ operation });
      log.warn('an operation on the shared metrics failed', { operation, error });
    };
  };
  return {
    answered: (count: number) => answered.set(count),
    unanswered:
      (worker: string) =>
      (error: unknown): undefined => {
        unanswered.inc();
        log.warn('a worker does not send its metrics', { worker, error });
      },
    read: count('read'),
    write: count('write'),
    retire: count('retire'),
  };
}
