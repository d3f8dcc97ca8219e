import { v7 } from 'uuid';

/** Returns a new UUIDv7. The service makes the ids, to send a posting in one round trip. */
export function newId(): string {
  return v7();
}
