import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createTestRedis, type TestRedis } from '@mainstay/platform/testing';
import { Redis } from 'ioredis';
import { v7 as newId } from 'uuid';
import { createUserSessions, type OpeningSession, type UserSessions } from '../src/sessions/user-sessions.js';

let testRedis: TestRedis;
let redis: Redis;
let sessions: UserSessions;

beforeAll(async () => {
  testRedis = await createTestRedis();
  redis = new Redis(testRedis.url);
  sessions = createUserSessions(redis, { absoluteLifeS: 60 });
});

afterAll(async () => {
  redis.disconnect();
  await testRedis.close();
});

const opening = async (): Promise<OpeningSession> => ({
  id: newId(),
  userId: newId(),
  sid: newId(),
  createdAt: new Date().toISOString(),
  userAgent: '',
  ip: '127.0.0.1',
  beganAtUs: await sessions.clockUs(),
});

describe('open', () => {
  it('has one effect even if the gateway sends it again after a broken connection', async () => {
    const session = await opening();
    await sessions.open(session, 'content', 60);
    await sessions.open(session, 'content', 60);
    expect(await sessions.list(session.userId)).toMatchObject([{ id: session.id }]);
  });

  it('never replaces another session, and its error does not mention a password change', async () => {
    const [mine, other] = [await opening(), await opening()];
    await sessions.open(other, 'of the other', 60);
    const refusal = sessions.open({ ...mine, sid: other.sid }, 'mine', 60);
    await expect(refusal).rejects.toMatchObject({
      code: 'unavailable',
      message: 'No session could be opened. Sign in again.',
    });
    expect(await redis.get(`session:${other.sid}`)).toBe('of the other');
    expect(await sessions.list(mine.userId)).toEqual([]);
  });

  it('sets the latest last-seen time even if the clock was set back, so that the next sign-in ends an older session', async () => {
    const userId = newId();
    const open = async () => {
      const session = { ...(await opening()), userId };
      await sessions.open(session, 'content', 60);
      return session;
    };
    const all = [];
    while (all.length < 100) all.push(await open());
    const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() - 3_600_000);
    try {
      const [early, late] = [await open(), await open()];
      sessions.touch(early, 60);
      const [first] = await sessions.list(userId);
      expect(Date.parse(first!.lastSeenAt)).toBeGreaterThanOrEqual(Date.parse(all[99]!.createdAt));
      const ids = (await sessions.list(userId)).map(({ id }) => id);
      expect([ids.includes(early.id), ids.includes(late.id), ids.includes(all[0]!.id)]).toEqual([true, true, false]);
    } finally {
      clock.mockRestore();
    }
  });

  it('is refused if the password was changed since the sign-in began', async () => {
    const session = await opening();
    await sessions.revokeOthers(session.userId, newId(), { closedForMs: 0 });
    await expect(sessions.open(session, 'content', 60)).rejects.toThrow('The password is being changed.');
    expect(await sessions.list(session.userId)).toEqual([]);
  });
});

describe('touch', () => {
  it('extends a session under its current secret id only, not under its former one', async () => {
    const session = await opening();
    const { userId, id, sid: formerSid } = session;
    await sessions.open(session, 'content', 7_200);
    const sid = newId();
    await sessions.move({ userId, id, formerSid, sid }, 'content', 7_200);
    for (const touched of [formerSid, sid]) sessions.touch({ sid: touched, userId, id }, 10_000);
    expect(await redis.ttl(`session:${formerSid}`)).toBeLessThanOrEqual(3_600);
    expect(await redis.ttl(`session:${sid}`)).toBeGreaterThan(7_200);
  });
});
