import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createDeadLetters, createEventStream, eventKeys, type Consumed } from '../src/index.js';
import { createMemoryStore, type MemoryStore } from './memory-store.js';
import { openTransport, signedOut, type Transport } from './transport.js';
import { until } from '@mainstay/platform/testing/eventually';

let transport: Transport;
let store: MemoryStore;
beforeEach(async () => {
  transport = await openTransport();
  store = createMemoryStore();
});
afterEach(() => transport.close());

async function append(count: number): Promise<string[]> {
  const events = Array.from({ length: count }, signedOut);
  for (const event of events) await transport.stream.appendEvent(event);
  return events.map(({ id }) => id);
}

const streamLength = () => transport.redis.xlen(eventKeys.stream);
const hasStored = (ids: string[]) => () => ids.every((id) => store.events.has(id));

describe('consumeEvents', () => {
  it('stores messages from before and after its start in order, and trims them', async () => {
    const early = await append(3);
    transport.consume(store, { batchMax: 2 });
    await until(hasStored(early));
    const late = await append(3);
    await until(hasStored(late));
    await until(async () => (await streamLength()) === 0);

    const positions = [...store.events.values()].map(({ position }) => position);
    expect([...store.events.keys()]).toEqual([...early, ...late]);
    expect([...positions].sort()).toEqual(positions);
    await until(async () => (await transport.stream.readWatermark()) === positions.at(-1));
  });

  it('lets one consumer work at a time; when this consumer closes, another consumer continues', async () => {
    const first = transport.consume(store);
    await until(() => first.holdsLease);
    const second = transport.consume(store);
    await until(hasStored(await append(5)));
    expect(second.holdsLease).toBe(false);

    await first.close();
    await until(() => second.holdsLease);
    await until(hasStored(await append(5)));
  });

  it('stores messages that an earlier consumer read and did not acknowledge', async () => {
    const vanished = createMemoryStore();
    vanished.marker = 'known';
    await transport.redis.set(eventKeys.marker, 'known');
    store.marker = 'known';
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    vanished.afterKeeping = () => ended;
    const holder = transport.consume(vanished);
    await until(() => holder.holdsLease);
    const ids = await append(3);
    await until(() => vanished.events.size > 0);
    await transport.redis.del(eventKeys.lease);

    transport.consume(store);
    await until(hasStored(ids));
    end();
  });

  it('acknowledges no message and keeps the watermark if another process has taken the lease', async () => {
    let wakeUp: () => void = () => undefined;
    const asleep = new Promise<void>((resolve) => (wakeUp = resolve));
    const overslept = createMemoryStore();
    overslept.afterKeeping = () => asleep;
    const first = transport.consume(overslept);
    await until(() => first.holdsLease);
    await append(1);
    await until(() => overslept.events.size === 1);

    await transport.redis.set(eventKeys.lease, 'another');
    wakeUp();
    await until(() => !first.holdsLease);
    expect(await transport.stream.readWatermark()).toBeNull();
    expect(await streamLength()).toBe(1);
  });

  it('trims no unacknowledged message, whichever process has read the message', async () => {
    const { redis } = transport;
    await redis.xgroup('CREATE', eventKeys.stream, 'activity', '0', 'MKSTREAM');
    await append(1);
    await redis.xreadgroup('GROUP', 'activity', 'stranger', 'COUNT', 1, 'STREAMS', eventKeys.stream, '>');
    const ids = await append(2);
    transport.consume(store);
    await until(hasStored(ids));
    await until(async () => (await transport.stream.readWatermark()) !== null);
    expect(await streamLength()).toBe(3);
  });

  it('waits while the store is down, and does not count this as an attempt to store a message', async () => {
    const consumed: Consumed[] = [];
    transport.consume(store, { onConsumed: (one) => consumed.push(one), attemptsMax: 1 });
    await until(() => store.marker !== null);
    store.isAway = true;
    const ids = await append(3);
    await until(async () => (await transport.redis.exists(eventKeys.lease)) === 0);
    expect(await streamLength()).toBe(3);
    store.isAway = false;
    await until(hasStored(ids));
    await until(() => consumed.length === 3);
    expect(consumed.every(({ outcome }) => outcome === 'stored')).toBe(true);
  });

  it.each([
    { patienceMs: 0, told: ['events wait: a store does not answer', 'events are stored again'] },
    { patienceMs: 60_000, told: [] },
  ])('logs an outage once, and only if it lasts at least $patienceMs ms', async ({ patienceMs, told }) => {
    const lines: string[] = [];
    const tell = (message: string) => void (message.startsWith('event ') || lines.push(message));
    let failures = 0;
    store.isAway = true;
    const away = { ...store, readMarker: () => (store.isAway && (failures += 1), store.readMarker()) };
    transport.consume(away, { log: { info: tell, warn: tell }, patienceMs });
    await until(() => failures >= 4);
    store.isAway = false;
    await until(hasStored(await append(1)));
    await until(async () => (await streamLength()) === 0);
    expect(lines).toEqual(told);
  });

  it('continues after Redis has lost all data', async () => {
    transport.consume(store);
    await until(hasStored(await append(2)));
    const marker = store.marker;
    await transport.redis.flushall();
    const ids = await append(2);
    await until(hasStored(ids));
    expect(store.marker).not.toBe(marker);
    expect(await transport.redis.get(eventKeys.marker)).toBe(store.marker);
  });

  it('empties the stream of a Redis whose memory is full, even if another process must take the lease', async () => {
    const first = transport.consume(store);
    await until(() => store.marker !== null);
    await first.close();
    const ids = await append(20);
    await transport.redis.config('SET', 'maxmemory', '1');
    await expect(append(1)).rejects.toThrow('OOM');
    transport.consume(store);
    await until(hasStored(ids));
    await until(async () => (await streamLength()) === 0);
    await transport.redis.config('SET', 'maxmemory', '0');
    await until(hasStored(await append(1)));
  });

  it('continues after Redis was frozen', async () => {
    transport.consume(store);
    await until(hasStored(await append(1)));
    process.kill(transport.server.pid, 'SIGSTOP');
    await expect(transport.redis.ping()).rejects.toThrow('timed out');
    process.kill(transport.server.pid, 'SIGCONT');
    await until(hasStored(await append(2)));
  });

  it('moves invalid messages to the dead letters and continues', async () => {
    await transport.redis.xadd(eventKeys.stream, '*', 'event', '{"id":');
    await transport.redis.xadd(eventKeys.stream, '*', 'nothing', 'of ours');
    const ids = await append(1);
    transport.consume(store);
    await until(hasStored(ids));
    await until(async () => (await streamLength()) === 0);

    const letters = await createDeadLetters(transport.redis).list({ limit: 10 });
    expect(letters).toMatchObject([
      { message: '{"id":', reason: 'not JSON' },
      { message: '', reason: 'not JSON' },
    ]);
  });
});

describe('an event that is stored', () => {
  it('gets one log line with the id of its request; an event of an earlier release has no request id', async () => {
    const lines: object[] = [];
    const info = (message: string, fields: object = {}) => {
      if (message === 'event stored') lines.push(fields);
    };
    transport.consume(store, { log: { info, warn: () => undefined } });
    await until(() => store.marker !== null);
    // The consumer has just set the replay horizon to the current time. Events up to the replay horizon get no log
    // line, so wait until new events have a later time.
    const marked = signedOut().time;
    await until(() => signedOut().time > marked);
    const [old, event] = [signedOut(), { ...signedOut(), requestId: 'r-2' }];
    for (const one of [old, event, event]) await transport.stream.appendEvent(one);
    await until(async () => hasStored([event.id])() && (await streamLength()) === 0);
    const { type } = event;
    expect(lines).toEqual([
      { eventId: old.id, type, requestId: undefined, traceId: undefined },
      { eventId: event.id, type, requestId: 'r-2', traceId: undefined },
    ]);
  });
});

describe('an event that the store refuses', () => {
  it('gets a log line with the ids of the request that caused it', async () => {
    const lines: [string, object | undefined][] = [];
    const warn = (...line: [string, object?]) => void lines.push([line[0], line[1]]);
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const event = { ...signedOut(), traceparent: `00-${traceId}-b7ad6b7169203331-01`, requestId: 'r-1' };
    store.refusals.set(event.id, 0);
    transport.consume(store, { attemptsMax: 1, log: { info: () => undefined, warn } });
    await transport.stream.appendEvent(event);
    await until(() => lines.length > 0);
    expect(lines).toEqual([
      [
        'event moved to the dead letters',
        expect.objectContaining({ eventId: event.id, type: event.type, traceId, requestId: 'r-1' }),
      ],
    ]);
  });

  it('becomes a dead letter after a limited number of attempts; a replay stores it after the other events', async () => {
    const refused = signedOut();
    store.refusals.set(refused.id, 0);
    await transport.stream.appendEvent(refused);
    const others = await append(2);
    transport.consume(store, { attemptsMax: 3 });
    await until(async () => (await streamLength()) === 0);
    expect(hasStored(others)()).toBe(true);
    expect(store.refusals.get(refused.id)).toBe(3);

    const deadLetters = createDeadLetters(transport.redis);
    const [letter] = await deadLetters.list({ limit: 10 });
    expect(letter).toMatchObject({ reason: 'refused by the store: no', message: JSON.stringify(refused) });
    store.refusals.clear();
    expect(await deadLetters.replay(letter?.id ?? '')).toBe(true);
    expect(await deadLetters.replay(letter?.id ?? '')).toBe(false);
    await until(hasStored([refused.id]));
    expect([...store.events.keys()]).toEqual([...others, refused.id]);
    expect(await deadLetters.list({ limit: 10 })).toEqual([]);
  });

  it('can be discarded', async () => {
    await transport.redis.xadd(eventKeys.stream, '*', 'event', 'nonsense');
    transport.consume(store);
    const deadLetters = createDeadLetters(transport.redis);
    await until(async () => (await deadLetters.list({ limit: 1 })).length === 1);
    const [letter] = await deadLetters.list({ limit: 1 });
    expect(await deadLetters.discard(letter?.id ?? '')).toBe(true);
    expect(await deadLetters.list({ limit: 1 })).toEqual([]);
  });
});

describe('a lost event store', () => {
  it('is rebuilt: every cursor is deleted, and repeated events count as replayed', async () => {
    const { stream, redis } = transport;
    const further = createEventStream(redis, { outbox: 'catalog' });
    const old = signedOut();
    const again = { events: [old], nextCursor: 'a', backlogMax: 10 };
    transport.consume(store);
    await until(() => store.marker !== null);
    await stream.publishBatch({ ...again, expectedCursor: null });
    await until(hasStored([old.id]));
    await further.publishBatch({ expectedCursor: null, nextCursor: 'b', events: [], backlogMax: 10 });

    store.events.clear();
    store.marker = null;
    await until(async () => (await redis.get(eventKeys.cursor)) === null);
    expect(await further.readCursor()).toBeNull();
    await stream.publishBatch({ ...again, expectedCursor: null });
    await until(hasStored([old.id]));
    expect(store.events.get(old.id)?.replayed).toBe(true);

    const news = await append(1);
    await until(hasStored(news));
    expect(store.events.get(news[0] ?? '')?.replayed).toBe(false);
  });
});
