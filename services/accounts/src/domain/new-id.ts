import { v7 } from 'uuid';

/** Returns a new UUIDv7. The database does not make the ids, because a posting would then need more round trips. */
export function newId(): string {
  return v7();
}
