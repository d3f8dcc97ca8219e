import { createHash } from 'node:crypto';
import { canonicalEmail } from '@mainstay/text';

/**
 * Identifies an e-mail in Redis and in the cookie of a device: equal for all spellings that reach the same user,
 * known or not. Hashed, so that a key neither reveals an e-mail nor has a length that its sender chooses.
 */
export function accountDigest(email: unknown): string {
  const text = typeof email === 'string' ? canonicalEmail(email) : '';
  return createHash('sha256').update(text).digest('base64url');
}
