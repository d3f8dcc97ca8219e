import { AppError } from '@mainstay/errors';
import type { Metrics } from '@mainstay/metrics';
import type { Ledger } from './domain/ledger.js';
import type { Passwords } from './domain/user.js';

/** Returns a ledger that also counts postings by outcome, and posted amounts. */
export function countTransfers(metrics: Metrics, ledger: Ledger): Ledger {
  const postings = metrics.counter({
    name: 'ledger_postings_total',
    help: 'Deposits and transfers by outcome: posted, replayed, or the code of the refusal.',
    labelNames: ['kind', 'outcome'],
  });
  const amounts = metrics.counter({
    name: 'ledger_posted_minor_units_total',
    help: 'Amounts of deposits and transfers, in minor units of the currency. A replayed posting does not count.',
    labelNames: ['kind', 'currency'],
  });
  return {
    ...ledger,
    async post(posting) {
      const kind = posting.fromAccountId === undefined ? 'deposit' : 'transfer';
      try {
        const reply = await ledger.post(posting);
        postings.inc({ kind, outcome: reply.isReplay ? 'replayed' : 'posted' });
        if (!reply.isReplay) {
          const { currency } = JSON.parse(reply.body) as { currency: string };
          amounts.inc({ kind, currency }, posting.amount);
        }
        return reply;
      } catch (error) {
        postings.inc({ kind, outcome: error instanceof AppError ? error.code : 'internal' });
        throw error;
      }
    },
  };
}

/** Records the number of postings in each transaction. */
export function observeBatches(metrics: Metrics): (postings: number) => void {
  const batches = metrics.histogram({
    name: 'ledger_batch_postings',
    help: 'Postings in each transaction of the ledger.',
    buckets: [1, 2, 4, 8, 16, 32, 64],
  });
  return (postings) => batches.observe(postings);
}

/**
 * Records the duration of each password hash, including the time in the queue.
 * @param bound returns `Passwords` with a queue. The `Passwords` call `onRefused` when the full queue refuses a
 * password.
 */
export function countHashing(metrics: Metrics, bound: (onRefused: () => void) => Passwords): Passwords {
  const durations = metrics.histogram({
    name: 'password_hash_duration_seconds',
    help: 'Time to make or check a password hash, including the time in the queue.',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10],
  });
  const underWay = metrics.gauge({
    name: 'password_hashes_under_way',
    help: 'Password hashes that run or wait in the queue.',
  });
  const refused = metrics.counter({
    name: 'password_hashes_refused_total',
    help: 'Passwords that were refused because the queue was full.',
  });
  refused.inc(0);
  const passwords = bound(() => refused.inc());
  underWay.set(0);
  async function counted<Result>(work: Promise<Result>): Promise<Result> {
    const stop = durations.startTimer();
    underWay.inc();
    try {
      return await work;
    } finally {
      underWay.dec();
      stop();
    }
  }
  return {
    hash: (password) => counted(passwords.hash(password)),
    verify: (stored, password) => counted(passwords.verify(stored, password)),
    verifyNothing: (password) => counted(passwords.verifyNothing(password)),
  };
}
