import { platformNow } from '../time/platform-now.js';
import type { OrderOf, WriteKind } from './keyed-writes.js';

/** An order of the user, such as a transfer, that has no final reply. */
export interface Intent<Kind extends WriteKind = WriteKind> {
  /** The Idempotency-Key, which is the same in every attempt. */
  readonly key: string;
  readonly kind: Kind;
  readonly order: OrderOf<Kind>;
  /** Time of the first attempt, on the platform's clock. Before that attempt, this is the time of creation. */
  readonly createdAt: number;
}

/**
 * The platform deletes a key after 48 hours, and a later attempt would pay twice. So no attempt begins after 23 hours.
 * The large difference is for clocks that are wrong.
 */
const KEPT_MS = 23 * 3_600_000;
const TOLERANCE_MS = 3_600_000;

export function newIntent<Kind extends WriteKind>(
  kind: Kind,
  order: OrderOf<Kind>,
  now: number = platformNow(),
): Intent<Kind> {
  // `crypto.randomUUID` exists only over HTTPS and on localhost.
  const bytes = [...crypto.getRandomValues(new Uint8Array(16))];
  const key = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return { key, kind, order, createdAt: now };
}

/**
 * Whether the intent can be sent again without a double payment. The result is false for an intent from more than
 * an hour in the future, because its age is unknown.
 */
export function isRepeatable({ createdAt }: Intent, now: number = platformNow()): boolean {
  const ageMs = now - createdAt;
  return ageMs < KEPT_MS && ageMs > -TOLERANCE_MS;
}
