import { describe, expect, it } from '@jest/globals';
import { createMemoryStore } from '../test/memory-store.js';
import { signedOut } from '../test/transport.js';
import { instantOfId } from './event-id.js';
import { processBatch } from './process-batch.js';

describe('processBatch', () => {
  it('reports the share of repeated history in a batch that also has live events', async () => {
    const events = Array.from({ length: 4 }, signedOut);
    const messages = events.map((event, index) => ({ streamId: `${index + 1}-0`, text: JSON.stringify(event) }));
    const shareAt = async (replayHorizonMs: number) => {
      const read = { messages, lastStreamId: '4-0', replayHorizonMs };
      return (await processBatch(read, createMemoryStore(), 1, new AbortController().signal)).historyShare;
    };
    const [first, last] = [events[0]!, events[3]!].map(({ id }) => instantOfId(id).getTime()) as [number, number];
    expect(await shareAt(first - 1)).toBe(0);
    expect(await shareAt(last)).toBe(1);
    const laterId = `1${events[0]!.id.slice(1)}`;
    const fresh = { ...events[0]!, id: laterId, time: instantOfId(laterId).toISOString() };
    messages.push({ streamId: '5-0', text: JSON.stringify(fresh) });
    expect(await shareAt(last)).toBe(0.8);
  });
});
