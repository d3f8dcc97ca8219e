import { AppError } from '@mainstay/errors';
import type { Pool } from 'pg';
import type { KeyedDomain, KeyedWrite, StoredReply } from './keyed-domain.js';
import { inProgress, isStaleStatement, nameOf, runBatch, sqlStateOf } from './run-batch.js';

export interface KeyedWritesOptions<Order, State, Effect> {
  /**
   * The pool needs `pipeline: true`. If `isPooled()` is true, a pooler such as PgBouncer switches connections, so
   * statements are not prepared.
   */
  pool: Pool & { isPooled?: () => boolean };
  domain: KeyedDomain<Order, State, Effect>;
  /** Converts an error of PostgreSQL to the caller's error, such as `unavailable`. */
  toStoreError: (error: unknown) => unknown;
  /** The maximum number of writes in a batch, which is one transaction. Default 64. */
  batchMax?: number;
  /** The maximum number of concurrent batches per process. Default 2. */
  batchesInFlightMax?: number;
  /**
   * The maximum number of waiting writes. Default 256. One owner can have at most `waitingMax / 4` writes that wait or
   * run.
   */
  waitingMax?: number;
  onBatch?: (writes: number) => void;
}

export interface KeyedWrites<Order> {
  /**
   * Resolves after the commit, with the first reply for the key.
   * @throws the domain's error if the domain refuses the order
   * @throws AppError idempotency_in_progress if another write with the key is in progress
   * @throws AppError idempotency_key_reused if the key belongs to another request
   * @throws AppError unavailable if too many writes wait, if `close` was called, or if the store is too busy
   * @throws AppError deadline_exceeded if the write has not begun at `beginBeforeMs`
   * @throws the error of `toStoreError` for any other failure of PostgreSQL
   */
  submit(write: KeyedWrite<Order>): Promise<StoredReply>;
  /** Refuses new writes, and resolves when all earlier writes have ended. */
  close(): Promise<void>;
}

interface Pending<Order> {
  write: KeyedWrite<Order>;
  resolve: (reply: StoredReply) => void;
  reject: (error: unknown) => void;
}

/** SQLSTATE classes 22 and 23: PostgreSQL refuses the data of a write. */
const dataError = /^2[23]/;
/** After a serialization failure (40001) or a deadlock (40P01), for example, the batch runs once more. */
const isRepeatable = (code: string): boolean => code === '40001' || code === '40P01' || isStaleStatement(code);

/**
 * Runs idempotent writes in batches. Each write has its own outcome. After a lost connection, a retry with the same key
 * cannot repeat the effect.
 */
export function keyedWrites<Order, State, Effect>({
  pool,
  domain,
  toStoreError,
  batchMax = 64,
  batchesInFlightMax = 2,
  waitingMax = 256,
  onBatch,
}: KeyedWritesOptions<Order, State, Effect>): KeyedWrites<Order> {
  const waiting: Pending<Order>[] = [];
  /** The keys of waiting and running writes. No other write may use such a key, so a batch contains each key once. */
  const unfinished = new Set<string>();
  const unfinishedOf = new Map<string, number>();
  const running = new Set<Promise<void>>();
  let isClosed = false;
  let isScheduled = false;

  /**
   * Each batch is a transaction, and the transaction alone costs as much as five writes. So few large batches are
   * cheaper than many small batches. While another batch runs, a new batch may begin only if `batchMax` writes or half
   * of all unfinished writes are waiting.
   */
  function mayBegin(): boolean {
    if (running.size >= batchesInFlightMax || waiting.length === 0) return false;
    return running.size === 0 || waiting.length >= Math.min(batchMax, unfinished.size / 2);
  }

  function schedule(): void {
    if (isScheduled || !mayBegin()) return;
    isScheduled = true;
    // Wait for one turn of the event loop, so that writes that arrived together share a batch.
    setImmediate(() => {
      isScheduled = false;
      if (!mayBegin()) return;
      const batch = run(waiting.splice(0, batchMax)).finally(() => {
        running.delete(batch);
        schedule();
      });
      running.add(batch);
      schedule();
    });
  }

  async function run(batch: readonly Pending<Order>[]): Promise<void> {
    const nowMs = performance.now();
    const [begun, late] = partition(batch, ({ write }) => (write.beginBeforeMs ?? Infinity) > nowMs);
    for (const { reject } of late) reject(new AppError('deadline_exceeded', 'The request waited too long.'));
    if (begun.length > 0) await attempt(begun, { repeats: 1 });
  }

  async function attempt(batch: readonly Pending<Order>[], { repeats }: { repeats: number }): Promise<void> {
    onBatch?.(batch.length);
    try {
      const outcomes = await runBatch(
        pool,
        domain,
        batch.map(({ write }) => write),
        { isNamed: repeats > 0 && !pool.isPooled?.() },
      );
      batch.forEach(({ resolve, reject }, index) => {
        const outcome = outcomes[index]!;
        if ('error' in outcome) reject(outcome.error);
        else resolve(outcome.reply);
      });
    } catch (error) {
      const code = sqlStateOf(error);
      if (repeats > 0 && isRepeatable(code)) await attempt(batch, { repeats: repeats - 1 });
      else if (batch.length > 1 && dataError.test(code)) for (const one of batch) await attempt([one], { repeats: 1 });
      else for (const { reject } of batch) reject(asCallerError(error, code));
    }
  }

  function asCallerError(error: unknown, code: string): unknown {
    if (!isRepeatable(code)) return toStoreError(error);
    return new AppError('unavailable', 'The store is too busy.', { cause: error, retryAfterS: 1 });
  }

  return {
    submit(write) {
      const name = nameOf(write);
      const ofOwner = unfinishedOf.get(write.ownerId) ?? 0;
      if (unfinished.has(name)) return Promise.reject(inProgress());
      if (isClosed || waiting.length >= waitingMax || ofOwner >= waitingMax / 4)
        return Promise.reject(new AppError('unavailable', 'Too many writes are waiting.', { retryAfterS: 1 }));
      unfinished.add(name);
      unfinishedOf.set(write.ownerId, ofOwner + 1);
      return new Promise<StoredReply>((resolve, reject) => {
        waiting.push({ write, resolve, reject });
        schedule();
      }).finally(() => {
        unfinished.delete(name);
        const left = unfinishedOf.get(write.ownerId)! - 1;
        if (left === 0) unfinishedOf.delete(write.ownerId);
        else unfinishedOf.set(write.ownerId, left);
      });
    },
    async close() {
      isClosed = true;
      while (running.size > 0 || waiting.length > 0) {
        await Promise.all(running);
        await new Promise(setImmediate);
      }
    },
  };
}

function partition<Item>(items: readonly Item[], test: (item: Item) => boolean): [Item[], Item[]] {
  const [passed, failed]: [Item[], Item[]] = [[], []];
  for (const item of items) (test(item) ? passed : failed).push(item);
  return [passed, failed];
}
