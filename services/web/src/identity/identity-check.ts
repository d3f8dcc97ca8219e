import { ApiError } from '../api/api-error.js';
import type { SignedIn } from '../api/queries.js';
import type { Identity } from './page-identity.js';

/**
 * The reason to leave the page. `renewed`: the page's user has a new session, or the page had no user and a user has
 * now signed in.
 */
export type Departure = 'renewed' | 'other-user' | 'session-ended';

export interface IdentityCheckPorts {
  owner: () => Identity | undefined;
  /** Reads the session of the browser's cookie. Rejects with ApiError. */
  readSession: () => Promise<SignedIn | null>;
  leave: (departure: Departure) => void;
  /** Resolves at `time`, or earlier when the browser goes online. */
  waitUntil: (time: number) => Promise<void>;
  now: () => number;
}

const WAIT_FIRST_MS = 1_000;
const WAIT_MAX_MS = 15_000;

/** Returns a function that checks whether the browser's cookie still contains the page's session. */
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
