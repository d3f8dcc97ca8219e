/**
 * Proves that the platform serves while the whole event history is sent again because Redis lost all data. A user signs in again, then reads the activity
 * every 100 ms: every reply is 200, and a new payment appears within seconds. Prints how many events per second are sent the first time and again.
 *
 *   node proofs/src/replay.ts [--events 20000]
 */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { withOwnPlatform } from '@mainstay/platform/start/own-platform';
import { Redis } from 'ioredis';
import { progress } from '@mainstay/platform/terminal';
import { openCustomer, type Customer } from './clients/customer.ts';
import { openHttpClient } from './clients/http-client.ts';
import { untilSent, writeHistory } from './event-history.ts';
import { withoutLimits } from './limits.ts';

/** A live event must appear within this time, also on a busy machine. */
const seenMaxMs = 10_000;
const { values } = parseArgs({ options: { events: { type: 'string', default: '20000' } } });
const events = Number(values.events);

await withOwnPlatform({ name: 'replay', tell: progress, environment: withoutLimits }, async ({ url, stores }) => {
  const redis = new Redis(stores.redis.url);
  const client = openHttpClient({ url });
  try {
    const customer = await openCustomer(client.send);
    await customer.pay();
    await customer.seesPayments(1);
    const firstS = await secondsOf(async () => {
      await writeHistory(stores, events);
      await untilSent(redis);
    });
    const quietMs = (await secondsOf(() => customer.readActivity())) * 1_000;
    progress(`${events} events are stored, a read takes ${Math.round(quietMs)} ms; deleting all data of Redis`);
    await redis.flushall();
    let isSent = false;
    const [againS, { reads, slowestMs, seenMs, failures }] = await Promise.all([
      secondsOf(() => untilSent(redis)).finally(() => (isSent = true)),
      readUntil(() => isSent, customer),
    ]);
    const rate = (seconds: number) => Math.round(events / seconds);
    console.log(
      `${events} events: ${rate(firstS)} a second the first time, ${rate(againS)} a second again (${againS.toFixed(1)} s). ` +
        `${reads} reads during the replay, ${failures.length} failed, the slowest in ${Math.round(slowestMs)} ms; new payments were seen within ${Math.round(seenMs)} ms.`,
    );
    assert.deepEqual(failures, []);
    assert.ok(seenMs < seenMaxMs, `a new payment was seen after ${Math.round(seenMs)} ms only`);
  } finally {
    client.close();
    redis.disconnect();
  }
});

/** Signs in, then reads the newest activity every 100 ms and sometimes pays, until `isOver`. */
async function readUntil(isOver: () => boolean, customer: Customer) {
  await customer.signIn();
  const found = { reads: 0, slowestMs: 0, seenMs: 0, failures: [] as string[] };
  const startedMs = performance.now();
  let unseen: { transferId: string; sinceMs: number } | undefined;
  while (!isOver()) {
    unseen ??= { transferId: transferIdOf(await customer.pay()), sinceMs: performance.now() };
    const beganMs = performance.now();
    const page = await customer.readActivity().catch((error: Error) => {
      const afterS = ((performance.now() - startedMs) / 1_000).toFixed(1);
      found.failures.push(`after ${afterS} s: ${error.message.split('\n', 1)[0]}`);
      return '';
    });
    found.reads += 1;
    found.slowestMs = Math.max(found.slowestMs, performance.now() - beganMs);
    found.seenMs = Math.max(found.seenMs, performance.now() - unseen.sinceMs);
    if (page.includes(unseen.transferId)) unseen = undefined;
    await delay(100);
  }
  return found;
}

function transferIdOf(reply: string): string {
  return (JSON.parse(reply) as { id: string }).id;
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const beganMs = performance.now();
  await work();
  return (performance.now() - beganMs) / 1_000;
}
