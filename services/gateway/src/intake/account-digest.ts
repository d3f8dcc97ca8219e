import { createHash } from 'node:crypto';
import { canonicalEmail } from '@mainstay/text';

/**
 * Returns an id of an e-mail, for Redis keys and device cookies. All spellings of an e-mail have the same id. The id is
 * a hash, so it does not reveal the e-mail and has a fixed length.
 */
export function accountDigest(email: unknown): string {
  const text = typeof email === 'string' ? canonicalEmail(email) : '';
  return createHash('sha256').update(text).digest('base64url');
}
