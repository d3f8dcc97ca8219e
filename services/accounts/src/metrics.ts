import { AppError } from '@mainstay/errors';
import type { Metrics } from '@mainstay/metrics';
import type { OutboxRelayOptions } from './domain/relay-outbox.js';
import type { Ledger } from './domain/ledger.js';
import type { FinishedStatement, StatementWorkers } from './statements/statement-workers.js';

/** The ledger, counting what became of each posting: `posted`, `replayed`, or the code of the refusal. */
export function countTransfers(metrics: Metrics, ledger: Ledger): Ledger {
  const postings = metrics.counter({
    name: 'ledger_postings_total',
    help: 'Deposits and transfers by outcome: posted, replayed, or the code of the refusal.',
    labelNames: ['kind', 'outcome'],
  });
  return {
    ...ledger,
    async post(posting) {
      const kind = posting.fromAccountId === undefined ? 'deposit' : 'transfer';
      try {
        const reply = await ledger.post(posting);
        postings.inc({ kind, outcome: reply.isReplay ? 'replayed' : 'posted' });
        return reply;
      } catch (error) {
        postings.inc({ kind, outcome: error instanceof AppError ? error.code : 'internal' });
        throw error;
      }
    },
  };
}

/** How far the stream is behind the ledger. */
export function observeRelay(metrics: Metrics): NonNullable<OutboxRelayOptions['onProgress']> {
  const lag = metrics.gauge({
    name: 'outbox_lag_seconds',
    help: 'Age of the oldest committed event that is not in the stream yet, at most the time since a store last answered the relay; 0 on instances that do not relay.',
    aggregator: 'max',
  });
  const relayed = metrics.counter({
    name: 'outbox_relayed_total',
    help: 'Events that this instance sent to the stream.',
  });
  return (progress) => {
    lag.set(progress.lagS);
    relayed.inc(progress.relayed);
  };
}

/** How statements wait, run and end. */
export function observeStatements(metrics: Metrics) {
  const durations = metrics.histogram({
    name: 'statement_duration_seconds',
    help: 'Time that a statement held a worker thread.',
    labelNames: ['format', 'outcome'],
    buckets: [0.05, 0.1, 0.5, 1, 5, 10, 60, 600],
  });
  const jobs = metrics.gauge({
    name: 'statement_jobs',
    help: 'Statements on a worker thread, and waiting for one.',
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
