import { instantOfId, newEventId } from './event-id.js';
import { eventTypes, type EventData, type EventType } from './event-types.js';
import type { EventEnvelope } from './envelope.js';

/** The request that causes an event, for the trace and the log. */
export interface EventCause {
  readonly traceparent?: string | undefined;
  readonly requestId?: string | undefined;
}

export interface NewEvent<Type extends EventType> extends EventCause {
  type: Type;
  /** The ids of the users who may see the event. Duplicates count once. */
  subjects: readonly string[];
  /** The service that reports the event. */
  source: string;
  data: EventData<Type>;
}

/**
 * Makes an event in the newest version of its type. Drops data fields that the type does not declare.
 * @throws ZodError if the data does not match the type's schema
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
