import { platformNow } from '../time/platform-now.js';
import type { OrderOf, WriteKind } from './keyed-writes.js';

/** A user's decision, until the platform has answered it. */
export interface Intent<Kind extends WriteKind = WriteKind> {
  /** The Idempotency-Key: made once, when the user confirms, and sent with every attempt. */
  readonly key: string;
  readonly kind: Kind;
  readonly order: OrderOf<Kind>;
  /**
   * The time when the intent was made; from the first attempt on, the time of that attempt. It is measured by the
   * platform's clock, because the platform forgets keys by its own clock.
   */
  readonly createdAt: number;
}

/**
 * The platform keeps a key for at least a day; one hour less allows for clocks that differ. After that a repetition
 * could pay twice.
 */
const KEPT_MS = 23 * 3_600_000;
const TOLERANCE_MS = 3_600_000;

export function newIntent<Kind extends WriteKind>(
  kind: Kind,
  order: OrderOf<Kind>,
  now: number = platformNow(),
): Intent<Kind> {
  // `randomUUID` is missing if the page came over plain HTTP from another machine.
  const bytes = [...crypto.getRandomValues(new Uint8Array(16))];
  const key = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return { key, kind, order, createdAt: now };
}

/**
 * Whether it is still safe to send the intent again. It is not safe if its time is in the future: then a clock was
 * wrong, and the age is unknown.
 */
export function isRepeatable({ createdAt }: Intent, now: number = platformNow()): boolean {
  const ageMs = now - createdAt;
  return ageMs < KEPT_MS && ageMs > -TOLERANCE_MS;
}
