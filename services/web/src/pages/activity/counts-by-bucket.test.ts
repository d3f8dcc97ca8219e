import { describe, expect, it } from '@jest/globals';
import { readActivitySearch } from './activity-search.js';
import { countsByBucket } from './counts-by-bucket.js';

describe('the counts of a chart', () => {
  const buckets = [
    { start: '2026-01-01T10:00:00.000Z', type: 'transfer.completed', count: 2 },
    { start: '2026-01-01T10:00:00.000Z', type: 'user.signed_in', count: 1 },
    { start: '2026-01-01T12:00:00.000Z', type: 'account.opened', count: 1 },
  ];
  const options = { from: Date.UTC(2026, 0, 1, 10), to: Date.UTC(2026, 0, 1, 13, 5), bucket: 'hour' as const };

  it('have every bucket, the empty ones too', () => {
    expect(
      countsByBucket(buckets, options).map(({ money, accounts, access, total }) => [money, accounts, access, total]),
    ).toEqual([
      [2, 0, 1, 3],
      [0, 0, 0, 0],
      [0, 1, 0, 1],
      [0, 0, 0, 0],
    ]);
  });

  it('are of one type where one is asked for', () => {
    expect(countsByBucket(buckets, { ...options, type: 'user.signed_in' }).map(({ total }) => total)).toEqual([
      1, 0, 0, 0,
    ]);
  });
});

describe('the address of the activity', () => {
  it('is read as far as it makes sense', () => {
    expect(readActivitySearch({ type: 'transfer.completed', period: 'week', from: '2026-01-01' })).toEqual({
      type: 'transfer.completed',
      period: 'week',
    });
    expect(readActivitySearch({ period: 'custom', from: '2026-01-01', to: 'soon' })).toEqual({
      period: 'custom',
      from: '2026-01-01',
    });
    expect(readActivitySearch({ type: '<script>', period: 'ever' })).toEqual({});
  });
});
