import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createTestRedis, type TestRedis } from '@mainstay/platform/testing';
import { createLimitedApp, PASSWORD, type LimitedApp } from './limited-app.js';

let server: TestRedis;
let app: LimitedApp;

beforeEach(async () => {
  server = await createTestRedis();
});
afterEach(async () => {
  app.redis.disconnect();
  await server.close();
});

async function connectApp(): Promise<void> {
  app = createLimitedApp(server.url);
  if (app.redis.status !== 'ready') await new Promise((resolve) => app.redis.once('ready', resolve));
}

/** Sends six requests of a signed-in user, although only five requests are allowed. Returns the six statuses. */
async function statusesToTheLimit(user: string): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < 6; i += 1) statuses.push((await app.get({ user })).status);
  return statuses;
}
const heldToTheLimit = [200, 200, 200, 200, 200, 429];

/** Sends requests until the app counts a request in Redis again. */
async function untilShared(): Promise<void> {
  for (;;) {
    const user = randomUUID();
    expect((await app.get({ user })).status).toBe(200);
    if ((await app.redis.exists(`rate:user:${user}`).catch(() => 0)) === 1) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('a Redis that is', () => {
  it('absent at start: each process limits alone, and counts in Redis soon after Redis starts', async () => {
    await server.kill();
    app = createLimitedApp(server.url);
    expect(await statusesToTheLimit('somebody')).toEqual(heldToTheLimit);
    await server.start();
    await untilShared();
    expect(await statusesToTheLimit('somebody')).toEqual(heldToTheLimit);
  });

  it('restarted during requests: no request fails, every request is counted, and each change is reported once', async () => {
    await connectApp();
    expect(await statusesToTheLimit('before')).toEqual(heldToTheLimit);
    await server.kill();
    expect(await statusesToTheLimit('meanwhile')).toEqual(heldToTheLimit);
    await server.start();
    await untilShared();
    expect(await statusesToTheLimit('after')).toEqual(heldToTheLimit);
    expect(app.log.warn).toHaveBeenCalledTimes(1);
    expect(app.log.info).toHaveBeenCalledTimes(1);
    expect(app.log.error).not.toHaveBeenCalled();
  });

  it('frozen: only one request waits, and counts are in Redis again after Redis continues', async () => {
    await connectApp();
    await app.get({ user: 'somebody' });
    await server.freeze();
    await app.get({ user: 'first' });
    const asked = jest.spyOn(app.redis, 'call');
    // Stop the clock, so that no request tries Redis again.
    const clock = jest.spyOn(performance, 'now').mockReturnValue(performance.now());
    expect(await statusesToTheLimit('meanwhile')).toEqual(heldToTheLimit);
    expect(asked).not.toHaveBeenCalled();
    clock.mockRestore();
    await server.thaw();
    await untilShared();
  });

  it('without its scripts: the scripts are sent again, and no count is lost', async () => {
    await connectApp();
    await app.get({ user: 'somebody' });
    await app.redis.script('FLUSH');
    await app.get({ user: 'somebody' });
    expect(await app.redis.get('rate:user:somebody')).toBe('2');
    expect(app.log.warn).not.toHaveBeenCalled();
  });

  it('full: each process limits alone', async () => {
    await connectApp();
    await app.redis.config('SET', 'maxmemory', '1');
    expect(await statusesToTheLimit('somebody')).toEqual(heldToTheLimit);
    expect(app.log.warn).toHaveBeenCalledTimes(1);
  });

  it('wiped while a password is checked: the success does not create a counter without an expiry', async () => {
    await connectApp();
    app.whileChecking(() => app.redis.flushall());
    const reply = await app.signIn({ address: '192.0.2.1', email: 'ada@example.com', password: PASSWORD });
    expect(reply.status).toBe(201);
    expect(await app.redis.keys('*')).toEqual([]);
  });
});
