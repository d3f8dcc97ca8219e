import { platformNow } from '../time/platform-now.js';
import type { OrderOf, WriteKind } from './keyed-writes.js';

/** An order (a transfer, for example) that the user has filled in and that has no final reply from the platform. */
export interface Intent<Kind extends WriteKind = WriteKind> {
  /** The Idempotency-Key. It is created once, and every attempt sends it. */
  readonly key: string;
  readonly kind: Kind;
  readonly order: OrderOf<Kind>;
  /** Time of the first attempt, on the platform's clock. Before the first attempt: time of the creation. */
  readonly createdAt: number;
}

/**
 * The platform keeps a key for at least 24 hours. This time is one hour shorter, because clocks may differ. An attempt
 * with a deleted key could pay twice.
 */
const KEPT_MS = 23 * 3_600_000;
const TOLERANCE_MS = 3_600_000;

export function newIntent<Kind extends WriteKind>(
  kind: Kind,
  order: OrderOf<Kind>,
  now: number = platformNow(),
): Intent<Kind> {
  // Browsers offer `crypto.randomUUID` only over HTTPS and on localhost, so this code does not use it.
  const bytes = [...crypto.getRandomValues(new Uint8Array(16))];
  const key = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return { key, kind, order, createdAt: now };
}

/**
 * Whether the intent can be sent again without a double payment. An intent from the future returns false, because its
 * age is unknown.
 */
export function isRepeatable({ createdAt }: Intent, now: number = platformNow()): boolean {
  const ageMs = now - createdAt;
  return ageMs < KEPT_MS && ageMs > -TOLERANCE_MS;
}
