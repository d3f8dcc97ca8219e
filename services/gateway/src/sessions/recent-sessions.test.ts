import { beforeEach, describe, expect, it } from '@jest/globals';
import type { SessionData } from 'express-session';
import { createRecentSessions, type FoundSession, type RecentSessions } from './recent-sessions.js';

const found: FoundSession = { sid: 'sid', content: { userId: 'user', sessionId: 'id' } as SessionData };

let stored: FoundSession | undefined;
let reads: number;
let nowMs: number;
let revoked: Set<string>;
let sessions: RecentSessions;

beforeEach(() => {
  [stored, reads, nowMs, revoked] = [found, 0, 0, new Set()];
  sessions = createRecentSessions({
    read: () => {
      reads += 1;
      return Promise.resolve(stored);
    },
    wasRevoked: (id) => revoked.has(id),
    nowMs: () => nowMs,
  });
});

describe('a session that was read', () => {
  it('is reused for one second after the start of the read', async () => {
    let answer: ((session: FoundSession) => void) | undefined;
    let sent = 0;
    sessions = createRecentSessions({
      read: () => {
        sent += 1;
        return new Promise((resolve) => (answer = resolve));
      },
      wasRevoked: () => false,
      nowMs: () => nowMs,
    });
    const reading = sessions.find('cookie');
    nowMs = 900;
    answer?.(found);
    await reading;
    nowMs = 1_000;
    expect([await sessions.find('cookie'), sent]).toEqual([found, 1]);
    nowMs = 1_001;
    void sessions.find('cookie');
    expect(sent).toBe(2);
  });

  it('is read again after its revocation was received', async () => {
    await sessions.find('cookie');
    revoked.add('id');
    stored = undefined;
    expect([await sessions.find('cookie'), reads]).toEqual([undefined, 2]);
  });

  it('is not reused if its revocation was received during the read', async () => {
    const reading = sessions.find('cookie');
    revoked.add('id');
    await reading;
    await sessions.find('cookie');
    expect(reads).toBe(2);
  });

  it('is found by its own cookie only', async () => {
    await sessions.find('cookie');
    await sessions.find('another');
    expect(reads).toBe(2);
  });
});

it('an ended session is read again on every request', async () => {
  await sessions.find('cookie');
  nowMs = 2_000;
  stored = undefined;
  expect(await sessions.find('cookie')).toBeUndefined();
  expect(await sessions.find('cookie')).toBeUndefined();
  expect(reads).toBe(3);
});
