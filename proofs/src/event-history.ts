import type { Stores } from '@mainstay/platform/stores/open-stores';
import type { Redis } from 'ioredis';
import { withPostgres } from './postgres.ts';
import { until } from './until.ts';

/** Copies the event of a payment in the outbox many times, for other users, each with a new id, in many transactions. */
export function writeHistory({ postgres }: Stores, events: number): Promise<void> {
  const copy = `INSERT INTO outbox (id, type, version, subjects, data)
    SELECT uuidv7(), type, version, ARRAY[gen_random_uuid(), gen_random_uuid()], data
    FROM (SELECT * FROM outbox WHERE type = 'transfer.completed' LIMIT 1) AS payment, generate_series(1, $1)`;
  return withPostgres(postgres.ownerUrl, async (client) => {
    for (let left = events; left > 0; left -= 500) await client.query(copy, [Math.min(500, left)]);
  });
}

/** Waits until the relay has sent all history and the consumer has processed the whole stream. */
export async function untilSent(redis: Redis): Promise<void> {
  let quiet = 0;
  const isQuiet = async () => {
    const [cursor, waiting] = await Promise.all([redis.get('{events}:cursor'), redis.xlen('{events}:stream')]);
    quiet = cursor?.split('|').length === 3 && waiting === 0 ? quiet + 1 : 0;
    return quiet === 3;
  };
  await until('the history is sent', isQuiet, { everyMs: 100 });
}
