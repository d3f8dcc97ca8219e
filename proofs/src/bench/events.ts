import { withOwnPlatform, type OwnPlatform } from '../own-platform.ts';
import { Redis } from 'ioredis';
import { openCustomer } from '../clients/customer.ts';
import { openHttpClient } from '../clients/http-client.ts';
import { withPostgres } from '../postgres.ts';
import { readFlags } from '../read-flags.ts';
import { until } from '@mainstay/platform/until';
import { cpuSeconds } from './cpu.ts';
import { median } from '../statistics.ts';

/**
 * Measures the CPU of the relay and of the consumer per event. No requests arrive during the measurement.
 *
 *   --rounds 3 --events 20000
 */
export async function run(args: string[]): Promise<void> {
  const values = readFlags({ rounds: 3, events: 20_000 }, args);
  const tell = (line: string) => console.log(line);
  await withOwnPlatform({ name: 'bench', tell, environment: { LOG_LEVEL: 'warn' } }, async (platform) => {
    const redis = new Redis(platform.stores.redis.url);
    try {
      const client = openHttpClient({ url: platform.url });
      await (await openCustomer(client.send)).pay();
      client.close();
      await untilSent(redis);
      await measure(platform, redis, values);
    } finally {
      redis.disconnect();
    }
  });
}

/** The first round is a warm-up and does not count. */
async function measure(platform: OwnPlatform, redis: Redis, { rounds, events }: Record<'rounds' | 'events', number>) {
  const costs: Record<string, number>[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const [before, beganMs] = [cpuSeconds(platform.parts), performance.now()];
    await writeHistory(platform.stores, events);
    await untilSent(redis);
    const [after, perSecond] = [cpuSeconds(platform.parts), events / ((performance.now() - beganMs) / 1_000)];
    const cost = Object.fromEntries(
      Object.entries(after).map(([part, seconds]) => [part, Math.round(((seconds - before[part]!) / events) * 1e6)]),
    );
    if (round > 0) costs.push(cost);
    console.log(`round ${round}  ${perSecond.toFixed(0)} events/s, CPU µs ${JSON.stringify(cost)}`);
  }
  for (const [part, name] of [
    ['accounts', 'relay'],
    ['activity', 'consumer'],
  ] as const) {
    const cpuUs = median(costs.map((cost) => cost[part]!));
    console.log(`${name}: median ${cpuUs} µs for an event, so a core does ${Math.round(1e6 / cpuUs)} events/s`);
  }
}

function writeHistory({ postgres }: OwnPlatform['stores'], events: number): Promise<void> {
  const copy = `INSERT INTO outbox (id, type, version, subjects, data)
    SELECT uuidv7(), type, version, ARRAY[gen_random_uuid(), gen_random_uuid()], data
    FROM (SELECT * FROM outbox WHERE type = 'transfer.completed' LIMIT 1) AS payment, generate_series(1, $1)`;
  return withPostgres(postgres.ownerUrl, async (client) => {
    for (let left = events; left > 0; left -= 500) await client.query(copy, [Math.min(500, left)]);
  });
}

/** Waits until the relay has sent all events and the consumer has processed them. */
async function untilSent(redis: Redis): Promise<void> {
  let quiet = 0;
  const isQuiet = async () => {
    const [cursor, waiting] = await Promise.all([redis.get('{events}:cursor'), redis.xlen('{events}:stream')]);
    quiet = cursor?.split('|').length === 3 && waiting === 0 ? quiet + 1 : 0;
    return quiet === 3;
  };
  await until('the history is sent', isQuiet, { everyMs: 100 });
}
