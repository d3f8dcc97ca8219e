/** The Redis keys of the event transport. Their common hash tag lets a script use several keys on a Redis cluster. */
export const eventKeys = {
  /** The stream. Each message has one field, `event`: the envelope as JSON. */
  stream: '{events}:stream',
  /** The cursor of the platform's first outbox. Its relay has published every event up to this position. */
  cursor: '{events}:cursor',
  /** A hash with the cursor of every other outbox, by service. */
  cursors: '{events}:cursors',
  /** The number of the current lease. The key expires if the consumer does not renew the lease. */
  lease: '{events}:lease',
  /** The number of the newest lease. This key never expires. */
  fence: '{events}:fence',
  /** The watermark: every event up to this position is in the event store. */
  position: '{events}:position',
  /** The marker of this Redis. If the event store has a different marker, Redis or the event store has lost data. */
  marker: '{events}:marker',
  /** A time in ms since the epoch. Events up to this time are repeated history, because the relay sends them again. */
  replayHorizon: '{events}:replay-horizon',
  /** Messages that are invalid or that the event store refuses. */
  deadLetters: '{events}:dead-letters',
  /** Pub/sub channel for the live feeds. */
  stored: '{events}:stored',
} as const;

/** The consumer group of the stream. All processes share one consumer name. */
export const CONSUMER_GROUP = 'activity';
export const CONSUMER_NAME = 'writer';
