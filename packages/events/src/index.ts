export { createEvent, type NewEvent } from './create-event.js';
export { parseEvent, type EventEnvelope, type ParsedEvent } from './envelope.js';
export { idFloor, instantOfId, newEventId } from './event-id.js';
export { createEventStream, type EventBatch, type EventStream, type PublishResult } from './event-stream.js';
export { eventTypes, isKnownType, type EventData, type EventType } from './event-types.js';
export { eventKeys } from './keys.js';
