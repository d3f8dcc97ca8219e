import { canonicalPassword } from '@mainstay/text';
import { hash, verify } from '@node-rs/argon2';
import type { Passwords, StoredPassword } from '../domain/user.js';

/** `Algorithm.Argon2id`; the package exports it as a const enum, which an isolated module cannot read. */
const ARGON2ID = 2;

// OWASP's first choice for Argon2id: 19 MiB, two passes, one lane.
const options = { algorithm: ARGON2ID, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/**
 * Argon2id on libuv's thread pool, so the event loop stays free. Passwords are compared in their canonical form,
 * NFKC. A hash of release 0.1.0 was made from the typed text, so that text is tried too if it is not canonical. Such
 * hashes last until their password is changed. Remove the separate canonical hash with the release after 1.0.0: from
 * then on `hash` may be made from the canonical form.
 */
export function createArgon2Passwords(): Passwords {
  const nothing = hash('nobody has this password', options).then((made) => ({ hash: made }));

  /**
   * One run of Argon2, or two if the text is not canonical, whatever is stored: the time reveals only what the caller
   * has sent.
   */
  async function matches(stored: StoredPassword, password: string): Promise<boolean> {
    const canonical = canonicalPassword(password);
    const isRight = await verify(stored.canonicalHash ?? stored.hash, canonical);
    if (canonical === password) return isRight;
    const isRightAsTyped = await verify(stored.hash, password);
    return isRight || isRightAsTyped;
  }

  return {
    async hash(password) {
      const canonical = canonicalPassword(password);
      const asTyped = await hash(password, options);
      return canonical === password
        ? { hash: asTyped }
        : { hash: asTyped, canonicalHash: await hash(canonical, options) };
    },
    verify: matches,
    async verifyNothing(password) {
      await matches(await nothing, password);
      return false;
    },
  };
}
