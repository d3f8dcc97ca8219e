/**
 * The Redis keys of the event transport. All keys have the same hash tag, so that a script can use several keys on a
 * Redis cluster.
 */
export const eventKeys = {
  /** The event stream. Each message has one field `event`, which contains the event's envelope as JSON. */
  stream: '{events}:stream',
  /**
   * The cursor of one outbox: the outbox that `startOutbox` starts with `isFirst: true`. The relay has published all
   * events of this outbox up to the cursor, or is replaying them.
   */
  cursor: '{events}:cursor',
  /**
   * A hash with the cursors of all outboxes that `startOutbox` starts without `isFirst`. Each field name is a service
   * name.
   */
  cursors: '{events}:cursors',
  /** The number of the current lease. The key expires if the consumer does not renew the lease. */
  lease: '{events}:lease',
  /** A counter that gives each lease its number. The counter never expires. */
  fence: '{events}:fence',
  /** The watermark. The event store has every event up to this position of the stream, except dead letters. */
  position: '{events}:position',
  /**
   * A random text. The event store has a copy of the text. If the two texts differ, Redis or the event store may have
   * lost data.
   */
  marker: '{events}:marker',
  /**
   * A time in milliseconds since the epoch. The consumer treats events up to this time as old events that the relay
   * sends again.
   */
  replayHorizon: '{events}:replay-horizon',
  /** The stream of messages that are invalid or that the event store refused. */
  deadLetters: '{events}:dead-letters',
  /** The pub/sub channel for the live feeds. */
  stored: '{events}:stored',
} as const;

/** The consumer group of the stream. */
export const CONSUMER_GROUP = 'activity';
/** All processes use this consumer name, so each process finds the unacknowledged messages of the previous process. */
export const CONSUMER_NAME = 'writer';
