import { ApiError } from '../api/api-error.js';
import type { SignedIn } from '../api/queries.js';
import type { Identity } from './page-identity.js';

/** Why a page is left. `renewed`: the same user has a new session. */
export type Departure = 'renewed' | 'other-user' | 'session-ended';

export interface IdentityCheckPorts {
  owner: () => Identity | undefined;
  /** The session of the browser's cookie, whatever session the page belongs to. Rejects with ApiError. */
  readSession: () => Promise<SignedIn | null>;
  leave: (departure: Departure) => void;
  /** Resolves at the time, or earlier when the connection comes back. */
  waitUntil: (time: number) => Promise<void>;
  now: () => number;
}

const WAIT_FIRST_MS = 1_000;
const WAIT_MAX_MS = 15_000;

/**
 * Checks whether a page still belongs to the session in the cookie. It reads the session first, and repeats until a
 * reply comes: a single 401 can be late, and an outage says nothing about the session. Only then the page is left. A
 * doubt that arises during a check causes another one, because the first may have read too early.
 */
export function createIdentityCheck({ owner, readSession, leave, waitUntil, now }: IdentityCheckPorts) {
  let running: Promise<void> | undefined;
  let isDoubtedAgain = false;
  let isLeft = false;

  async function read(): Promise<SignedIn | null> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await readSession();
      } catch (error) {
        const backoff = now() + Math.min(WAIT_FIRST_MS * 2 ** attempt, WAIT_MAX_MS);
        await waitUntil(Math.max((error instanceof ApiError ? error.retryAt : undefined) ?? 0, backoff));
      }
    }
  }

  async function check(): Promise<void> {
    do {
      isDoubtedAgain = false;
      const departure = departureOf(owner(), await read());
      if (departure === undefined) continue;
      isLeft = true;
      leave(departure);
      return;
    } while (isDoubtedAgain);
  }

  return (): Promise<void> => {
    if (isLeft) return Promise.resolve();
    isDoubtedAgain = true;
    running ??= check().finally(() => (running = undefined));
    return running;
  };
}

function departureOf(owner: Identity | undefined, signedIn: SignedIn | null): Departure | undefined {
  if (owner?.sessionId === signedIn?.session.id) return undefined;
  if (!signedIn) return 'session-ended';
  return owner && owner.userId !== signedIn.user.id ? 'other-user' : 'renewed';
}
