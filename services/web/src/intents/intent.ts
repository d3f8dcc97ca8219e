import { steadyNow } from '../time/steady-now.js';
import type { OrderOf, WriteKind } from './keyed-writes.js';

/** Something a person has decided, until the platform has answered it. */
export interface Intent<Kind extends WriteKind = WriteKind> {
  /** The Idempotency-Key: made once, when the person says yes, and sent with every attempt. */
  readonly key: string;
  readonly kind: Kind;
  readonly order: OrderOf<Kind>;
  /** By `steadyNow` of the page in which it was made. */
  readonly createdAt: number;
}

/** The platform keeps a key for a day at least; an hour less leaves room for clocks that differ. After that a repetition could pay twice. */
const KEPT_MS = 23 * 3_600_000;

export function newIntent<Kind extends WriteKind>(
  kind: Kind,
  order: OrderOf<Kind>,
  now: number = steadyNow(),
): Intent<Kind> {
  // `randomUUID` is missing where the page came over plain HTTP from another machine.
  const bytes = [...crypto.getRandomValues(new Uint8Array(16))];
  const key = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return { key, kind, order, createdAt: now };
}

/** Whether sending it again is still safe. */
export function isRepeatable({ createdAt }: Intent, now: number = steadyNow()): boolean {
  return now - createdAt < KEPT_MS;
}
