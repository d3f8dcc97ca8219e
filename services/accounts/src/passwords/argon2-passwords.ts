import { canonicalPassword } from '@mainstay/text';
import { hash, verify } from '@node-rs/argon2';
import type { Passwords, StoredPassword } from '../domain/user.js';

/** The value of `Algorithm.Argon2id`, a const enum that an isolated module cannot read. */
const ARGON2ID = 2;

// OWASP recommends for Argon2id: 19 MiB of memory, two iterations, parallelism 1.
const options = { algorithm: ARGON2ID, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Runs Argon2id on libuv's thread pool, so hashing does not block the event loop. */
export function createArgon2Passwords(): Passwords {
  const nothing = hash('nobody has this password', options).then((made) => ({ hash: made }));

  /**
   * Release 0.1.0 hashed the typed text, so the NFKC form and the typed text are checked. The second check also runs
   * after a match, so that the response times are equal.
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
