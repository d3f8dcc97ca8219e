export { forgetOldKeys } from './housekeeping.js';
export { createPostgresOutbox } from './postgres-outbox.js';
export { startOutboxRelay } from './relay-outbox.js';
export { replayEvents } from './replay-events.js';
export { outboxSettings } from './settings.js';
export { startOutbox } from './start-outbox.js';
