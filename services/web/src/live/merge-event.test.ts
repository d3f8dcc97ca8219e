import { describe, expect, it } from '@jest/globals';
import type { ActivityEvent } from '../api/queries.js';
import { mergeEvent } from './merge-event.js';

const event = (id: string, type = 'account.opened'): ActivityEvent => ({
  id,
  type,
  time: '2026-01-31T12:00:00Z',
  data: {},
});
const list = (nextCursor: string | null, ...ids: string[]) => ({
  pages: [{ items: ids.map((id) => event(id)), nextCursor }],
  pageParams: [undefined],
});
const idsOf = (data: ReturnType<typeof mergeEvent>) => data?.pages.flatMap(({ items }) => items.map(({ id }) => id));

describe('mergeEvent', () => {
  it('inserts an event once, ordered by id with the newest first', () => {
    const merged = mergeEvent(list(null, '3', '1'), event('4'), {});
    expect(idsOf(merged)).toEqual(['4', '3', '1']);
    expect(idsOf(mergeEvent(merged, event('2'), {}))).toEqual(['4', '3', '2', '1']);
    expect(mergeEvent(merged, event('4'), {})).toBe(merged);
  });

  it('appends the oldest event only if the API has no further page', () => {
    expect(idsOf(mergeEvent(list(null, '3'), event('1'), {}))).toEqual(['3', '1']);
    expect(idsOf(mergeEvent(list('more', '3'), event('1'), {}))).toEqual(['3']);
  });

  it('leaves a list unchanged if the event does not match its filter', () => {
    const data = list(null, '1');
    expect(mergeEvent(data, event('2'), { type: 'transfer.completed' })).toBe(data);
    expect(mergeEvent(data, event('2'), { from: '2026-02-01T00:00:00Z' })).toBe(data);
    expect(mergeEvent(data, event('2'), { to: '2026-01-31T12:00:00Z' })).toBe(data);
    expect(mergeEvent(undefined, event('2'), {})).toBeUndefined();
  });
});
