import type { Period } from '@mainstay/service/requests';

/** The fields of an event that the API shows. */
export interface ActivityEvent {
  readonly id: string;
  readonly type: string;
  readonly time: Date;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * An event of the event log. `position` is the event's id in the Redis stream, as text that sorts in the order of the
 * stream.
 */
export interface LoggedEvent extends ActivityEvent {
  readonly position: string;
  /** True if this event counts as an old event that a service sent again. Live feeds do not send replayed events. */
  readonly replayed: boolean;
}

export type Bucket = 'hour' | 'day';

/** A bucket is one hour or one day in the time zone `timeZone`. */
export interface BucketRule {
  readonly bucket: Bucket;
  /** IANA name of the time zone, for example `Europe/Berlin`. */
  readonly timeZone: string;
}

export interface BucketCount {
  /** The first instant of the bucket. */
  readonly start: Date;
  readonly type: string;
  readonly count: number;
}

/** The interface for reading the event log. Each call throws AppError unavailable while MongoDB is down. */
export interface ActivityLog {
  /** Returns the events with ids below `before`, from the newest to the oldest. */
  list(query: {
    userId: string;
    type?: string | undefined;
    period: Period;
    before?: string | undefined;
    limit: number;
  }): Promise<ActivityEvent[]>;
  /** Returns the buckets sorted by start and type, without empty buckets. */
  summarize(query: { userId: string; period: Period } & BucketRule): Promise<BucketCount[]>;
  /** Returns the events with positions above `after` and up to `upTo` (inclusive), sorted by position. */
  between(query: { userId: string; after: string; upTo: string; limit: number }): Promise<LoggedEvent[]>;
  /** Returns the event with the highest position up to `upTo` (inclusive). If `upTo` is null, no limit applies. */
  last(query: { userId: string; upTo: string | null }): Promise<LoggedEvent | null>;
  find(query: { userId: string; eventId: string }): Promise<LoggedEvent | null>;
}
