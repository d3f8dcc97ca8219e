import { parseArgs } from 'node:util';
import { withOwnPlatform, type OwnPlatform } from '@mainstay/platform/start/own-platform';
import { Redis } from 'ioredis';
import { openCustomer } from '../clients/customer.ts';
import { openHttpClient } from '../clients/http-client.ts';
import { untilSent, writeHistory } from '../event-history.ts';
import { cpuSeconds } from './cpu.ts';
import { median } from '../statistics.ts';

/**
 * Measures the CPU of each process per event, from the outbox until MongoDB has stored the event. There are no requests, so accounts uses CPU only
 * for the relay, and activity only for the consumer.
 *
 *   --rounds 3 --events 20000
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { rounds: { type: 'string', default: '3' }, events: { type: 'string', default: '20000' } },
  });
  const tell = (line: string) => console.log(line);
  await withOwnPlatform({ name: 'bench', tell, environment: { LOG_LEVEL: 'warn' } }, async (platform) => {
    const redis = new Redis(platform.stores.redis.url);
    try {
      const client = openHttpClient({ url: platform.url });
      await (await openCustomer(client.send)).pay();
      client.close();
      await untilSent(redis);
      await measure(platform, redis, { rounds: Number(values.rounds), events: Number(values.events) });
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
