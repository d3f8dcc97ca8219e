import { hash, verify } from '@node-rs/argon2';
import type { Passwords } from '../domain/user.js';

/** `Algorithm.Argon2id`; the package exports it as a const enum, which an isolated module cannot read. */
const argon2id = 2;

// OWASP's first choice for Argon2id: 19 MiB, two passes, one lane.
const options = { algorithm: argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Argon2id on libuv's thread pool: the event loop stays free. */
export function createArgon2Passwords(): Passwords {
  const hashOfNothing = hash('nobody has this password', options);
  return {
    hash: (password) => hash(password, options),
    verify: (stored, password) => verify(stored, password),
    async verifyNothing(password) {
      await verify(await hashOfNothing, password);
      return false;
    },
  };
}
