import { describe, expect, it } from '@jest/globals';
import { ApiError } from '../api/api-error.js';
import type { SignedIn } from '../api/queries.js';
import { createIdentityCheck, type Departure } from './identity-check.js';
import type { Identity } from './page-identity.js';

const signedIn = (userId: string, sessionId: string) =>
  ({ user: { id: userId }, session: { id: sessionId } }) as unknown as SignedIn;
const ada: Identity = { userId: 'ada', sessionId: 's1' };

/** Checks a page that belongs to `owner`. The last element of `answers` repeats. */
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
    ['stays on the page if the session is unchanged', ada, signedIn('ada', 's1'), []],
    ['stays on the page if no user was signed in, before and after', undefined, null, []],
    ['leaves the page if another user is signed in', ada, signedIn('eve', 's2'), ['other-user']],
    ['leaves the page if the same user has a new session', ada, signedIn('ada', 's2'), ['renewed']],
    ['leaves the page if the session has ended', ada, null, ['session-ended']],
    ['leaves the page if a user has signed in through another tab', undefined, signedIn('ada', 's1'), ['renewed']],
  ])('%s', async (_what, owner, session, expected) => {
    const { check, departures } = scene(owner, [session]);
    await check();
    expect(departures).toEqual(expected);
  });

  it('retries a failed read, and leaves the page after the first successful read', async () => {
    const away = new ApiError({ code: 'unreachable' });
    const busy = new ApiError({ code: 'unavailable', status: 503 }, { retryAt: 9_000 });
    const { check, departures, waits } = scene(ada, [away, busy, null]);
    await check();
    expect([waits, departures]).toEqual([[1_000, 9_000], ['session-ended']]);
  });

  it('reads the session once for many calls, and once more for calls during that read', async () => {
    const { check, departures, reads } = scene(ada, [signedIn('ada', 's1'), signedIn('eve', 's2')]);
    await Promise.all([check(), check(), check()]);
    expect([reads(), departures]).toEqual([2, ['other-user']]);
    await check();
    expect(reads()).toBe(2); // the page is being left, so the check reads nothing more
  });
});
