import { v7 } from 'uuid';

/** A new UUIDv7. Within one process, later ids sort after earlier ones. */
export function newEventId(): string {
  return v7();
}

/** The millisecond at which a UUIDv7 was made: its first 48 bits (RFC 9562, section 5.7). */
export function instantOfId(id: string): Date {
  return new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16));
}

/** Returns an id that sorts after every UUIDv7 made before the instant, and before every other UUIDv7. */
export function idFloor(instant: Date): string {
  const hex = instant.getTime().toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}
