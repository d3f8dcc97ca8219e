import type { Period } from '@mainstay/service/requests';

/** An event as its subjects see it. */
export interface ActivityEvent {
  readonly id: string;
  readonly type: string;
  readonly time: Date;
  readonly data: Readonly<Record<string, unknown>>;
}

/** An event and its place in the order of storing, which live feeds follow. */
export interface LoggedEvent extends ActivityEvent {
  readonly position: string;
  /** Repeated history: it is listed, but live feeds do not show it. */
  readonly replayed: boolean;
}

export type Bucket = 'hour' | 'day';

/** An hour or a day of local time in a time zone. */
export interface BucketRule {
  readonly bucket: Bucket;
  /** An IANA name. */
  readonly timeZone: string;
}

export interface BucketCount {
  /** The bucket's first instant. */
  readonly start: Date;
  readonly type: string;
  readonly count: number;
}

/** The event log as its readers need it. Each call throws AppError unavailable while the store is down. */
export interface ActivityLog {
  /** Newest first; with `before`, only events whose id sorts below that one. */
  list(query: {
    userId: string;
    type?: string | undefined;
    period: Period;
    before?: string | undefined;
    limit: number;
  }): Promise<ActivityEvent[]>;
  /** By start, then type; empty buckets are left out. */
  summarize(query: { userId: string; period: Period } & BucketRule): Promise<BucketCount[]>;
  /** In the order of storing: events after `after`, up to and including `upTo`. */
  between(query: { userId: string; after: string; upTo: string; limit: number }): Promise<LoggedEvent[]>;
  /** The event that was stored last, up to and including `upTo`; null: without a limit. */
  last(query: { userId: string; upTo: string | null }): Promise<LoggedEvent | null>;
  find(query: { userId: string; eventId: string }): Promise<LoggedEvent | null>;
}
