/**
 * The keys of the event transport. They share one hash tag, so that a script may use them together on a Redis
 * cluster.
 */
export const eventKeys = {
  /** The stream. Each message has one field, `event`: the envelope as JSON. */
  stream: '{events}:stream',
  /** The position up to which the relay of the first outbox has published; it moves only together with the stream. */
  cursor: '{events}:cursor',
  /** A hash with the cursor of each further outbox, by service. */
  cursors: '{events}:cursors',
  /** The current consumer; it expires unless renewed. */
  lease: '{events}:lease',
  /** The number of the last lease. */
  fence: '{events}:fence',
  /** The watermark: every event up to this position is in the event store. */
  position: '{events}:position',
  /** Compared with the event store's marker: if they differ, one of the two was lost. */
  marker: '{events}:marker',
  /** Milliseconds since the epoch. An event that is older than this and still arrives is repeated history. */
  replayHorizon: '{events}:replay-horizon',
  /** Messages that could not be stored for a permanent reason. */
  deadLetters: '{events}:dead-letters',
  /** Pub/sub channel: the position up to which everything is stored, and the users with new events. */
  stored: '{events}:stored',
} as const;

/** The consumer group of the stream, and the name of its only consumer. The holder of the lease uses this name. */
export const CONSUMER_GROUP = 'activity';
export const CONSUMER_NAME = 'writer';
