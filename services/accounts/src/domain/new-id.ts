import { v7 } from 'uuid';

/** Returns a new UUIDv7. If the database made the ids, a posting would need more round trips. */
export function newId(): string {
  return v7();
}
