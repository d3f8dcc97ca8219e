import { platformNow } from '../time/platform-now.js';
import type { OrderOf, WriteKind } from './keyed-writes.js';

/** A user's decision, until the platform has answered it. */
export interface Intent<Kind extends WriteKind = WriteKind> {
  /** The Idempotency-Key: made once, when the user confirms, and sent with every attempt. */
  readonly key: string;
  readonly kind: Kind;
  readonly order: OrderOf<Kind>;
  /**
   * When it was made, and after the first attempt when that was sent: by the platform's clock, because the platform
   * forgets keys.
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
 * Whether sending it again is still safe. It is not if its time is in the future: a wrong clock says nothing of its
 * age.
 */
export function isRepeatable({ createdAt }: Intent, now: number = platformNow()): boolean {
  const ageMs = now - createdAt;
  return ageMs < KEPT_MS && ageMs > -TOLERANCE_MS;
}
