import { createHash } from 'node:crypto';
import { canonicalEmail } from '@mainstay/text';

/**
 * Stands for an e-mail in Redis and in the cookie of a device: equal for all spellings that reach the same user, known or not. Hashed, because a key
 * should neither tell an e-mail nor be as long as its sender likes.
 */
export function accountDigest(email: unknown): string {
  const text = typeof email === 'string' ? canonicalEmail(email) : '';
  return createHash('sha256').update(text).digest('base64url');
}
