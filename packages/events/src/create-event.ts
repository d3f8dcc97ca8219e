import { instantOfId, newEventId } from './event-id.js';
import { eventTypes, type EventData, type EventType } from './event-types.js';
import type { EventEnvelope } from './envelope.js';

export interface NewEvent<Type extends EventType> {
  type: Type;
  /** The users who may see it. Duplicates count once. */
  subjects: readonly string[];
  /** The service that reports the event. */
  source: string;
  data: EventData<Type>;
  traceparent?: string | undefined;
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
    data: data.parse(event.data),
  };
}
