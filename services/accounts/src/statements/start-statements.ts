import type { Metrics } from '@mainstay/metrics';
import type { Runtime } from '@mainstay/service';
import type { Config } from '../config.js';
import type { StatementRenderer } from './statement.js';
import { startStatementWorkers, type FinishedStatement, type StatementWorkers } from './statement-workers.js';

/** Starts the worker threads that render statements. Also registers the metrics of the statements. */
export function startStatements({ config, log, metrics, onClose }: Runtime<Config>): StatementRenderer {
  const observe = observeStatements(metrics);
  const workers = startStatementWorkers({
    threads: config.statementThreads,
    queueMax: 20,
    onFinished: observe.finished,
    onError: (error) => log.error('a statement worker failed', { error }),
  });
  observe.workers(workers);
  return onClose(workers, 'statements');
}

function observeStatements(metrics: Metrics) {
  const durations = metrics.histogram({
    name: 'statement_duration_seconds',
    help: 'Time that a statement used a worker thread.',
    labelNames: ['format', 'outcome'],
    buckets: [0.05, 0.1, 0.5, 1, 5, 10, 60, 600],
  });
  const jobs = metrics.gauge({
    name: 'statement_jobs',
    help: 'Statements that use a worker thread or wait for a worker thread.',
    labelNames: ['state'],
  });
  return {
    finished: ({ format, outcome, durationMs }: FinishedStatement) =>
      durations.observe({ format, outcome }, durationMs / 1_000),
    workers: (workers: Pick<StatementWorkers, 'running' | 'queued'>) => {
      jobs.observe({ state: 'running' }, () => workers.running);
      jobs.observe({ state: 'queued' }, () => workers.queued);
    },
  };
}
