import { instantOfId, newEventId } from './event-id.js';
import { eventTypes, type EventData, type EventType } from './event-types.js';
import type { EventEnvelope } from './envelope.js';

/** The request that causes an event: its part of a trace, and its id in the log lines. */
export interface EventCause {
  readonly traceparent?: string | undefined;
  readonly requestId?: string | undefined;
}

export interface NewEvent<Type extends EventType> extends EventCause {
  type: Type;
  /** The users who may see it. Duplicates count once. */
  subjects: readonly string[];
  /** The service that reports the event. */
  source: string;
  data: EventData<Type>;
}

/**
 * Makes an event of a known type, at its newest version, with a new id whose timestamp is its time. Only declared
 * fields of the data are kept.
 * @throws ZodError if the data does not match the type's schema: a mistake of the caller
 */
export function createEvent<Type extends EventType>(event: NewEvent<Type>): EventEnvelope {
  const { version, data } = eventTypes[event.type];
  const id = newEventId();
  return {
    id,
    type: event.type,
    version,
    time: instantOfId(id).toISOString(),
    subjects: [...new Set(event.subjects)],
    source: event.source,
    ...(event.traceparent === undefined ? {} : { traceparent: event.traceparent }),
    ...(event.requestId === undefined ? {} : { requestId: event.requestId }),
    data: data.parse(event.data),
  };
}
