import { v7 } from 'uuid';

/**
 * Returns a new UUIDv7. The service, not the database, makes ids, so that one round trip can send all ids of a posting.
 */
export function newId(): string {
  return v7();
}
