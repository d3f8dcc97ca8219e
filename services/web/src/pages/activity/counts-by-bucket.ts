/** Kinds of events that a chart can tell apart at a glance. */
export const groups = ['money', 'accounts', 'access'] as const;
export type Group = (typeof groups)[number];

export interface BucketCounts extends Record<Group, number> {
  /** Milliseconds since the epoch. */
  start: number;
  total: number;
}

interface CountsOptions {
  from: number;
  to: number;
  bucket: 'hour' | 'day';
  /** Counts this type alone. */
  type?: string | undefined;
}

const lengths = { hour: 3_600_000, day: 86_400_000 };

/** Every bucket from `from` to `to`, those without events too. Buckets are UTC's, as the API has them. */
export function countsByBucket(
  buckets: readonly { start: string; type: string; count: number }[],
  { from, to, bucket, type }: CountsOptions,
): BucketCounts[] {
  const length = lengths[bucket];
  const counts = new Map<number, BucketCounts>();
  for (let start = Math.floor(from / length) * length; start < to; start += length) {
    counts.set(start, { start, money: 0, accounts: 0, access: 0, total: 0 });
  }
  for (const { start, type: counted, count } of buckets) {
    const place = counts.get(Date.parse(start));
    if (!place || (type !== undefined && counted !== type)) continue;
    place[groupOf(counted)] += count;
    place.total += count;
  }
  return [...counts.values()];
}

export function groupOf(type: string): Group {
  if (type.startsWith('transfer.') || type.startsWith('deposit.')) return 'money';
  return type.startsWith('account.') ? 'accounts' : 'access';
}
