import { eventGroups, groupOf, type EventGroup } from '../../live/event-types.js';

export interface BucketCounts extends Record<EventGroup, number> {
  /** Milliseconds since the epoch. */
  start: number;
  total: number;
}

interface CountsOptions {
  from: number;
  to: number;
  bucket: 'hour' | 'day';
  /** If set, only events of this type are counted. */
  type?: string | undefined;
}

const lengths = { hour: 3_600_000, day: 86_400_000 };
/** The API's limit. A URL can contain any period, so the loop over the buckets needs a limit. */
const BUCKETS_MAX = 1_000;

/** Whether the period has at most as many buckets as the chart and the API accept. */
export function isChartable({ from, to, bucket }: CountsOptions): boolean {
  return to - from <= BUCKETS_MAX * lengths[bucket];
}

/** Returns every bucket from `from` to `to` in the user's time zone, including buckets without events. */
export function countsByBucket(
  buckets: readonly { start: string; type: string; count: number }[],
  { type, ...options }: CountsOptions,
): BucketCounts[] {
  const none = Object.fromEntries(eventGroups.map((group) => [group, 0])) as Record<EventGroup, number>;
  const counts = startsOf(options).map((start): BucketCounts => ({ ...none, start, total: 0 }));
  for (const { start, type: counted, count } of buckets) {
    if (type !== undefined && counted !== type) continue;
    const at = Date.parse(start);
    // If the browser's time zone rules are old, the platform's bucket can start inside a bucket of the chart.
    const place = counts.findLast((candidate) => candidate.start <= at) ?? counts[0];
    if (!place) continue;
    place[groupOf(counted)] += count;
    place.total += count;
  }
  return counts;
}

function startsOf({ from, to, bucket }: CountsOptions): number[] {
  const first = new Date(from);
  const startOf = (index: number) =>
    bucket === 'day'
      ? new Date(first.getFullYear(), first.getMonth(), first.getDate() + index).getTime() // a day can have 23 or 25 hours
      : new Date(from).setMinutes(0, 0, 0) + index * lengths.hour;
  const starts: number[] = [];
  for (let index = 0; index <= BUCKETS_MAX && startOf(index) < to; index += 1) starts.push(startOf(index));
  return starts;
}
