import { invalidField } from '@mainstay/errors';
import { zoneDayStart, zoneOffsetMs, type Period } from '@mainstay/service/requests';
import type { Bucket, BucketRule } from './activity-log.js';

const lengthsMs: Record<Bucket, number> = { hour: 3_600_000, day: 86_400_000 };
const BUCKETS_MAX = 1_000;

/**
 * Refuses a period that is longer than 1,000 buckets.
 * @throws AppError invalid_request
 */
export function refuseTooManyBuckets({ from, to }: Period, bucket: Bucket): void {
  if (to.getTime() - from.getTime() > BUCKETS_MAX * lengthsMs[bucket]) {
    throw invalidField('from', `must be at most ${BUCKETS_MAX} ${bucket}s before to`);
  }
}

/** A part of a period in which the UTC offset of a time zone does not change. */
export interface Stretch extends Period {
  /** Local time minus UTC. */
  offsetMs: number;
}

/**
 * Splits a period where the UTC offset changes. A step of one day finds every change, because no zone changes its
 * offset twice in a day.
 */
export function stretchesOf({ from, to }: Period, timeZone: string): Stretch[] {
  const stretches: Stretch[] = [];
  const end = to.getTime();
  let begin = from.getTime();
  let offsetMs = zoneOffsetMs(timeZone, begin);
  for (let at = begin; at < end;) {
    const next = Math.min(at + lengthsMs.day, end);
    const later = zoneOffsetMs(timeZone, next);
    if (later !== offsetMs) {
      const change = changeBetween(at, next, (time) => zoneOffsetMs(timeZone, time) === later);
      stretches.push({ from: new Date(begin), to: new Date(change), offsetMs });
      begin = change;
      offsetMs = later;
    }
    at = next;
  }
  if (begin < end) stretches.push({ from: new Date(begin), to, offsetMs });
  return stretches;
}

/** Returns the first instant of a bucket. `local` is 1774742400000 for the local time 2026-03-29 00:00. */
export function bucketStart({ bucket, timeZone }: BucketRule, { offsetMs }: Stretch, local: number): number {
  return bucket === 'day' ? zoneDayStart(timeZone, local) : local - offsetMs;
}

function changeBetween(before: number, after: number, isAfter: (time: number) => boolean): number {
  let [low, high] = [before, after];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isAfter(middle)) high = middle;
    else low = middle;
  }
  return high;
}
