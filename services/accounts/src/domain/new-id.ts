import { v7 } from 'uuid';

/** A new UUIDv7, made here and not in the database, so that one round trip can carry all ids of a posting. */
export function newId(): string {
  return v7();
}
