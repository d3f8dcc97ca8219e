import { createHash } from 'node:crypto';
import { canonicalEmail } from '@mainstay/text';

/** Hashes the canonical form of an e-mail, so `Ada@Example.com` and `ada@example.com` have the same hash. */
export function accountDigest(email: unknown): string {
  const text = typeof email === 'string' ? canonicalEmail(email) : '';
  return createHash('sha256').update(text).digest('base64url');
}
