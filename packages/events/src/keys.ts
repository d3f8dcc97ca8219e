/** The keys of the event transport. They share one hash tag, so that a script may touch them together on a Redis cluster. */
export const eventKeys = {
  /** The transport itself: one field `event`, the envelope as JSON. */
  stream: '{events}:stream',
  /** How far the outbox relay has published; moves only together with the stream. */
  cursor: '{events}:cursor',
  /** Who consumes now; expires unless renewed. */
  lease: '{events}:lease',
  /** The number of the last lease given. */
  fence: '{events}:fence',
  /** The watermark: every event up to this position is in the event store. */
  position: '{events}:position',
  /** Compared with the event store's own marker: where they differ, one of the two was lost. */
  marker: '{events}:marker',
  /** Milliseconds since the epoch: events up to here that arrive later are repetitions of history, not news. */
  replayHorizon: '{events}:replay-horizon',
  /** Messages that could not be stored for their own sake. */
  deadLetters: '{events}:dead-letters',
  /** Pub/sub channel: says up to where everything is stored, and for whom there is something new. */
  stored: '{events}:stored',
} as const;

/** The consumer group of the stream, and its only consumer's name: the lease says which process that is. */
export const consumerGroup = 'activity';
export const consumerName = 'writer';
