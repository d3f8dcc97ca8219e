import { describe, expect, it } from '@jest/globals';
import { ApiError } from '../api/api-error.js';
import type { SignedIn } from '../api/queries.js';
import { createIdentityCheck, type Departure } from './identity-check.js';
import type { Identity } from './page-identity.js';

const signedIn = (userId: string, sessionId: string) =>
  ({ user: { id: userId }, session: { id: sessionId } }) as unknown as SignedIn;
const ada: Identity = { userId: 'ada', sessionId: 's1' };

/** A page of `owner`, and the session at each read. */
function scene(owner: Identity | undefined, answers: (SignedIn | null | ApiError)[]) {
  const departures: Departure[] = [];
  const waits: number[] = [];
  let reads = 0;
  const check = createIdentityCheck({
    owner: () => owner,
    readSession() {
      const answer = answers[Math.min(reads, answers.length - 1)]!;
      reads += 1;
      return answer instanceof ApiError ? Promise.reject(answer) : Promise.resolve(answer);
    },
    leave: (departure) => departures.push(departure),
    waitUntil(time) {
      waits.push(time);
      return Promise.resolve();
    },
    now: () => 0,
  });
  return { check, departures, waits, reads: () => reads };
}

describe('the check of a page’s identity', () => {
  it.each<[string, Identity | undefined, SignedIn | null, Departure[]]>([
    ['stays with its own session', ada, signedIn('ada', 's1'), []],
    ['stays if no user was or is signed in', undefined, null, []],
    ['leaves when another user is signed in', ada, signedIn('eve', 's2'), ['other-user']],
    ['leaves when its user has a new session', ada, signedIn('ada', 's2'), ['renewed']],
    ['leaves when its session has ended', ada, null, ['session-ended']],
    ['leaves when a user has signed in in another tab', undefined, signedIn('ada', 's1'), ['renewed']],
  ])('%s', async (_what, owner, session, expected) => {
    const { check, departures } = scene(owner, [session]);
    await check();
    expect(departures).toEqual(expected);
  });

  it('does not leave before it has read the session', async () => {
    const away = new ApiError({ code: 'unreachable' });
    const busy = new ApiError({ code: 'unavailable', status: 503 }, { retryAt: 9_000 });
    const { check, departures, waits } = scene(ada, [away, busy, null]);
    await check();
    expect([waits, departures]).toEqual([[1_000, 9_000], ['session-ended']]);
  });

  it('reads once for many doubts, and once more for those that arose during the read', async () => {
    const { check, departures, reads } = scene(ada, [signedIn('ada', 's1'), signedIn('eve', 's2')]);
    await Promise.all([check(), check(), check()]);
    expect([reads(), departures]).toEqual([2, ['other-user']]);
    await check();
    expect(reads()).toBe(2); // the page is about to be reloaded, so there is no further read
  });
});
