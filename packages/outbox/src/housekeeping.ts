import type { Log } from '@mainstay/logging';
import type { Pool } from 'pg';

const HOUR_MS = 60 * 60 * 1000;
const KEYS_KEPT_HOURS = 48;
const DELETED_AT_ONCE = 5_000;
/** If the clocks differ by more, one of them is wrong. Nothing is deleted, because a deletion cannot be undone. */
const clocksDifferMsMax = HOUR_MS;

export interface HousekeepingOptions {
  pool: Pool;
  retentionDays: number;
  log: Log;
  /** The first run waits for this promise, because the schema may not exist yet. */
  ready: Promise<void>;
}

/**
 * Once an hour: makes future partitions of the outbox, drops partitions older than the retention, and deletes
 * idempotency keys older than two days (24 h are promised). Every replica does this, because repeated statements do no
 * harm. Does nothing while the clocks of this host and of PostgreSQL differ. A clock that is days ahead would delete
 * keys and events that are still needed.
 */
export function startHousekeeping({ pool, retentionDays, log, ready }: HousekeepingOptions): { close(): void } {
  async function run(): Promise<void> {
    try {
      await assertClocksAgree(pool);
      await pool.query('SELECT keep_outbox_partitions($1)', [retentionDays]);
      await forgetOldKeys(pool);
    } catch (error) {
      log.warn('housekeeping failed; it runs again in an hour', { error });
    }
  }
  const timer = setInterval(() => void run(), HOUR_MS).unref();
  void ready.then(run);
  return { close: () => clearInterval(timer) };
}

async function assertClocksAgree(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  // eslint-disable-next-line no-restricted-properties -- the time of day is meant
  const aheadMs = (rows[0]?.now.getTime() ?? Infinity) - Date.now();
  if (!(Math.abs(aheadMs) <= clocksDifferMsMax))
    throw new Error(`the clock of PostgreSQL is ${Math.round(aheadMs / 1_000)} s ahead of the clock of this host`);
}

/** Deletes in small batches, so that no statement reaches its time limit or keeps locks for long. */
export async function forgetOldKeys(pool: Pool): Promise<void> {
  let deleted: number | null;
  do {
    ({ rowCount: deleted } = await pool.query(
      `DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(
         SELECT ctid FROM idempotency_keys WHERE created_at < now() - make_interval(hours => $1) LIMIT $2))`,
      [KEYS_KEPT_HOURS, DELETED_AT_ONCE],
    ));
  } while (deleted === DELETED_AT_ONCE);
}
