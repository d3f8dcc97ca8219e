import type { Log } from '@mainstay/logging';
import type { Pool } from 'pg';

const HOUR_MS = 60 * 60 * 1000;
const KEYS_KEPT_HOURS = 48;
const DELETED_AT_ONCE = 5_000;
/** If the clocks of PostgreSQL and this host differ by more than an hour, housekeeping deletes nothing. */
const clocksDifferMsMax = HOUR_MS;

export interface HousekeepingOptions {
  pool: Pool;
  retentionDays: number;
  log: Log;
  /** Resolves when the schema exists. The first run waits for this, at most an hour. */
  ready: Promise<void>;
}

/** Makes and drops partitions of the outbox hourly, and deletes idempotency keys after two days. */
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
  // eslint-disable-next-line no-restricted-properties -- this is a time of day
  const aheadMs = (rows[0]?.now.getTime() ?? Infinity) - Date.now();
  if (!(Math.abs(aheadMs) <= clocksDifferMsMax))
    throw new Error(
      `the clock of PostgreSQL is ${Math.round(Math.abs(aheadMs) / 1_000)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the clock of this host; correct the wrong clock`,
    );
}

/** Deletes in small batches, so that no statement keeps locks for long. */
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
