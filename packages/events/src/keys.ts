/** The Redis keys of the event transport. Their common hash tag lets a script use several keys on a Redis cluster. */
export const eventKeys = {
  /** The stream. Each message has one field, `event`: the envelope as JSON. */
  stream: '{events}:stream',
  /** The relay has published all events of the platform's first outbox up to this position. */
  cursor: '{events}:cursor',
  /** The cursors of all other outboxes: a hash with one field per service. */
  cursors: '{events}:cursors',
  /** The number of the current lease. The key expires if the consumer does not renew the lease. */
  lease: '{events}:lease',
  /** A counter that gives each lease its number. It never expires. */
  fence: '{events}:fence',
  /** The watermark: every event up to this position is in the event store. */
  position: '{events}:position',
  /** A random text that is also in the event store. If the two differ, Redis or the event store has lost data. */
  marker: '{events}:marker',
  /** A time in ms since the epoch. Events up to this time are repeated history: the relay sends them again. */
  replayHorizon: '{events}:replay-horizon',
  /** Messages that are invalid or that the event store refused. */
  deadLetters: '{events}:dead-letters',
  /** The pub/sub channel for the live feeds. */
  stored: '{events}:stored',
} as const;

/** The consumer group of the stream. */
export const CONSUMER_GROUP = 'activity';
/** All processes use this name, so each process finds the unacknowledged messages of the previous process. */
export const CONSUMER_NAME = 'writer';
