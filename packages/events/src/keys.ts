/** The Redis keys of the event transport. Their common hash tag lets a script use several keys on a Redis cluster. */
export const eventKeys = {
  /** The stream. Each message has one field, `event`: the envelope as JSON. */
  stream: '{events}:stream',
  /** The position up to which the relay of the first outbox has published. */
  cursor: '{events}:cursor',
  /** A hash with the cursor of each further outbox, by service. */
  cursors: '{events}:cursors',
  /** The number of the current lease. The key expires if the consumer does not renew the lease. */
  lease: '{events}:lease',
  /** The number of the newest lease. This key never expires. */
  fence: '{events}:fence',
  /** The watermark: every event up to this position is in the event store. */
  position: '{events}:position',
  /** The marker of this Redis. A different marker in the event store means lost data. */
  marker: '{events}:marker',
  /** In ms since the epoch. Earlier events are repeated history: the relay sends them again. */
  replayHorizon: '{events}:replay-horizon',
  /** Messages that the consumer cannot store, for a permanent reason. */
  deadLetters: '{events}:dead-letters',
  /** Pub/sub channel for the live feeds. */
  stored: '{events}:stored',
} as const;

/** The consumer group of the stream. All processes share one consumer name. */
export const CONSUMER_GROUP = 'activity';
export const CONSUMER_NAME = 'writer';
