import type { Period } from '@mainstay/service/requests';

/** The fields of an event that the API shows. */
export interface ActivityEvent {
  readonly id: string;
  readonly type: string;
  readonly time: Date;
  readonly data: Readonly<Record<string, unknown>>;
}

/** An event with its position. Live feeds send events in the order of their positions. */
export interface LoggedEvent extends ActivityEvent {
  readonly position: string;
  /** True if the relay sent this old event again. Live feeds skip such an event. */
  readonly replayed: boolean;
}

export type Bucket = 'hour' | 'day';

/** The length of a bucket, and the time zone whose hours or days are counted. */
export interface BucketRule {
  readonly bucket: Bucket;
  /** An IANA name. */
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
  /** Returns the events after `after` up to `upTo`, inclusive, sorted by position. */
  between(query: { userId: string; after: string; upTo: string; limit: number }): Promise<LoggedEvent[]>;
  /** Returns the last event up to `upTo`, inclusive. If `upTo` is null, returns the last of all events. */
  last(query: { userId: string; upTo: string | null }): Promise<LoggedEvent | null>;
  find(query: { userId: string; eventId: string }): Promise<LoggedEvent | null>;
}
