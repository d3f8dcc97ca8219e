import { describe, expect, it } from '@jest/globals';
import { readActivitySearch } from './activity-search.js';
import { countsByBucket, isChartable } from './counts-by-bucket.js';

describe('countsByBucket', () => {
  const buckets = [
    { start: '2026-01-01T10:00:00.000Z', type: 'transfer.completed', count: 2 },
    { start: '2026-01-01T10:00:00.000Z', type: 'user.signed_in', count: 1 },
    { start: '2026-01-01T12:00:00.000Z', type: 'account.opened', count: 1 },
  ];
  const options = { from: Date.UTC(2026, 0, 1, 10), to: Date.UTC(2026, 0, 1, 13, 5), bucket: 'hour' as const };

  it('returns every bucket, including empty buckets', () => {
    expect(
      countsByBucket(buckets, options).map(({ money, accounts, access, total }) => [money, accounts, access, total]),
    ).toEqual([
      [2, 0, 1, 3],
      [0, 0, 0, 0],
      [0, 1, 0, 1],
      [0, 0, 0, 0],
    ]);
  });

  it('counts by the days of the user’s time zone, even when the clocks change', () => {
    const day = (date: number, hour = 0) => new Date(2026, 2, date, hour);
    const counts = countsByBucket([{ start: day(29).toISOString(), type: 'order.placed', count: 3 }], {
      from: day(27, 15).getTime(),
      to: day(31, 9).getTime(),
      bucket: 'day',
    });
    expect(counts.map(({ start }) => start)).toEqual([27, 28, 29, 30, 31].map((date) => day(date).getTime()));
    expect(counts.map(({ other }) => other)).toEqual([0, 0, 3, 0, 0]);
  });

  it('returns a bounded number of buckets for any period in the URL', () => {
    const ages = { from: 0, to: Date.UTC(2900, 0), bucket: 'day' as const };
    expect(isChartable(ages)).toBe(false);
    expect(countsByBucket([], ages).length).toBeLessThan(1_100);
  });

  it('counts only the chosen event type', () => {
    expect(countsByBucket(buckets, { ...options, type: 'user.signed_in' }).map(({ total }) => total)).toEqual([
      1, 0, 0, 0,
    ]);
  });
});

describe('readActivitySearch', () => {
  it('returns the valid search parameters and ignores the others', () => {
    expect(readActivitySearch({ type: 'transfer.completed', period: 'week', from: '2026-01-01' })).toEqual({
      type: 'transfer.completed',
      period: 'week',
    });
    expect(readActivitySearch({ period: 'custom', from: '2026-01-01', to: 'soon' })).toEqual({
      period: 'custom',
      from: '2026-01-01',
      to: '2026-01-01',
    });
    expect(readActivitySearch({ period: 'custom', from: '2026-02-01', to: '2026-01-01' })).toMatchObject({
      from: '2026-01-01',
      to: '2026-02-01',
    });
    expect(readActivitySearch({ period: 'custom', from: '0001-01-01', to: '9999-12-31' })).toEqual({
      period: 'custom',
    });
    expect(readActivitySearch({ type: '<script>', period: 'ever' })).toEqual({});
  });
});
