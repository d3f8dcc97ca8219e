import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { traceEventStore, traceEventStream } from '../src/index.js';
import { startOtlpReceiver, type OtlpReceiver } from './otlp-receiver.js';
import { spanId, traceTo, type Traced } from './traced.js';

let receiver: OtlpReceiver;
let traced: Traced;

beforeEach(async () => {
  receiver = await startOtlpReceiver();
  traced = await traceTo(receiver.endpoint);
});
afterEach(() => receiver.close());

const traceIdOf = (id: string) => id.repeat(32).slice(0, 32);
const event = (id: string, { isSampled = true, ageMs = 0 } = {}) => ({
  id,
  type: 'transfer.completed',
  time: new Date(Date.now() - ageMs).toISOString(),
  traceparent: `00-${traceIdOf(id)}-${spanId}-0${isSampled ? 1 : 0}`,
});
const received = (id: string, options?: { isSampled?: boolean; ageMs?: number }) => ({
  event: event(id, options),
  replayed: false,
});
type Made = ReturnType<typeof event>;
type Received = ReturnType<typeof received>;

describe('traceEventStream', () => {
  it('makes a span for each sampled event that has reached the stream', async () => {
    const outcomes = ['full', 'published'];
    const given: string[] = [];
    const inner = {
      publishBatch({ events }: { events: readonly Made[] }) {
        given.push(...events.map(({ id }) => id));
        return Promise.resolve({ outcome: outcomes.shift() ?? '' });
      },
      appendEvent({ id }: Made) {
        given.push(id);
        return Promise.resolve();
      },
      readCursor: () => Promise.resolve(null),
    };
    const stream = traceEventStream(traced.tracing, inner, 'events');
    const batch = { events: [event('a'), event('b', { isSampled: false }), event('c', { ageMs: 7_200_000 })] };
    await stream.publishBatch(batch);
    await stream.publishBatch(batch);
    await stream.appendEvent(event('d'));
    expect(await stream.readCursor()).toBeNull();
    expect(given.join('')).toBe('abcabcd');
    await traced.tracing.close();
    expect(receiver.spans).toMatchObject([
      {
        name: 'publish events',
        kind: 'producer',
        traceId: traceIdOf('a'),
        parentSpanId: spanId,
        attributes: { 'messaging.message.id': 'a', 'mainstay.event.type': 'transfer.completed' },
      },
      { name: 'publish events', traceId: traceIdOf('d') },
    ]);
  });
});

describe('traceEventStore', () => {
  const storeThat = (save: (events: readonly Received[]) => Promise<{ refused: { eventId: string }[] }>) =>
    traceEventStore(traced.tracing, { save }, 'events', 'activity');

  it('makes one span per event, and the store’s span is a child of the first span', async () => {
    const store = storeThat(() => {
      const current = traced.tracing.traced();
      expect(traced.tracing.links()).toMatchObject([{ context: { traceId: traceIdOf('b') } }]);
      expect(current?.traceId).toBe(traceIdOf('a'));
      return Promise.resolve({ refused: [{ eventId: 'b' }] });
    });
    await store.save([received('a'), received('b'), received('c', { isSampled: false })]);
    expect(traced.tracing.traced()).toBeUndefined();
    await traced.tracing.close();
    const [first, second] = receiver.spans;
    expect(receiver.spans).toMatchObject([
      {
        name: 'process events',
        kind: 'consumer',
        traceId: traceIdOf('a'),
        parentSpanId: spanId,
        isError: false,
        links: [],
      },
      { name: 'process events', traceId: traceIdOf('b'), isError: true, attributes: { 'error.type': 'refused' } },
    ]);
    expect(second?.links).toEqual([{ traceId: first?.traceId, spanId: first?.spanId }]);
  });

  it('keeps the span of an event open over all attempts, until the event is stored', async () => {
    let isAway = true;
    const seen: (string | undefined)[] = [];
    const store = storeThat(() => {
      seen.push(traced.tracing.traced()?.spanId);
      return isAway ? Promise.reject(new Error('away')) : Promise.resolve({ refused: [] });
    });
    await expect(store.save([received('a')])).rejects.toThrow('away');
    await expect(store.save([received('a')])).rejects.toThrow('away');
    isAway = false;
    await store.save([received('a')]);
    await traced.tracing.close();
    expect(new Set(seen).size).toBe(1);
    expect(receiver.spans).toMatchObject([{ spanId: seen[0], isError: false }]);
  });

  it('makes no span for old events that are sent again', async () => {
    const store = storeThat(() => Promise.resolve({ refused: [] }));
    await store.save([{ ...received('a'), replayed: true }, received('b', { ageMs: 7_200_000 })]);
    await traced.tracing.close();
    expect(receiver.spans).toEqual([]);
  });
});
