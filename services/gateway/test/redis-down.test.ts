import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestRedis, type TestRedis } from '@mainstay/platform/testing';
import { eventually } from '@mainstay/platform/testing/eventually';
import { Redis } from 'ioredis';
import { register, send, signInAgain, thePassword, type Visitor } from './http-client.js';
import { v7 as newId } from 'uuid';
import { playAccounts } from './playing-accounts.js';
import { json } from './playing-service.js';
import { runGateway, type RunningGateway } from './running-gateway.js';

let testRedis: TestRedis;
let accounts: Awaited<ReturnType<typeof playAccounts>>;
let gateway: RunningGateway;
let person: Visitor & { email: string };

beforeAll(async () => {
  [testRedis, accounts] = await Promise.all([createTestRedis(), playAccounts()]);
  gateway = await runGateway({ redisUrl: testRedis.url, accountsUrl: accounts.url });
  person = await register(gateway.url);
});

afterAll(async () => {
  await gateway.close();
  await accounts.close();
});

const freeze = () => process.kill(testRedis.pid, 'SIGSTOP');
const thaw = () => process.kill(testRedis.pid, 'SIGCONT');

async function expectUnavailable(): Promise<void> {
  const workedOn = accounts.passwordsWorkedOn();
  const credentials = { email: person.email, password: thePassword };
  const replies = await Promise.all([
    person.send('GET', '/v1/users/me'),
    person.send('GET', '/v1/session'),
    send(gateway.url, 'POST', '/v1/session', { json: credentials }),
    send(gateway.url, 'POST', '/v1/users', { json: { ...credentials, displayName: 'Another' } }),
  ]);
  for (const reply of replies) {
    expect([reply.status, reply.json().code, reply.headers['retry-after']]).toEqual([503, 'unavailable', '1']);
    expect(reply.headers['set-cookie']).toBeUndefined();
  }
  expect(accounts.passwordsWorkedOn()).toBe(workedOn);
  const anonymous = await send(gateway.url, 'GET', '/v1/users/me');
  expect(anonymous.status).toBe(401);
}

describe('while Redis does not respond', () => {
  it('no caller becomes anonymous, no password is checked, and anonymous requests get a response', async () => {
    freeze();
    await expectUnavailable();
    thaw();
    for (;;) if ((await person.send('GET', '/v1/session')).status === 200) break;
  });

  it('a registration gets unavailable if Redis fails during the registration', async () => {
    const user = { email: 'late@example.com', displayName: 'Late' };
    accounts.on('POST /internal/users', (_req, res) => {
      freeze();
      json(res, 201, { ...user, id: newId(), createdAt: new Date().toISOString() });
    });
    const reply = await send(gateway.url, 'POST', '/v1/users', { json: { ...user, password: thePassword } });
    thaw();
    expect([reply.status, reply.json().code, reply.headers['set-cookie']]).toEqual([503, 'unavailable', undefined]);
    for (;;) if ((await person.send('GET', '/v1/session')).status === 200) break;
  });

  it('a request succeeds if Redis refuses to extend the idle time of its session', async () => {
    const device = await signInAgain(gateway.url, person); // the first request of a new session uses EXPIRE
    const redis = new Redis(testRedis.url);
    await redis.acl('LOG', 'RESET');
    await redis.acl('SETUSER', 'gateway', '-expire');
    expect((await device.send('GET', '/v1/session')).status).toBe(200);
    await eventually(
      () => redis.acl('LOG') as Promise<string[][]>,
      (refusals) => refusals.some((refusal) => refusal.includes('expire')),
    );
    await redis.acl('SETUSER', 'gateway', '+expire');
    redis.disconnect();
  });

  it('no password is checked when Redis has no free memory, and signed-in users can continue', async () => {
    const redis = new Redis(testRedis.url);
    await redis.config('SET', 'maxmemory', '1');
    const workedOn = accounts.passwordsWorkedOn();
    const credentials = { email: person.email, password: thePassword };
    const signIn = await send(gateway.url, 'POST', '/v1/session', { json: credentials });
    expect([signIn.status, signIn.json().code, signIn.headers['retry-after']]).toEqual([503, 'unavailable', '1']);
    expect(accounts.passwordsWorkedOn()).toBe(workedOn);
    expect((await person.send('GET', '/v1/session')).status).toBe(200);
    await redis.config('SET', 'maxmemory', '0');
    redis.disconnect();
    expect((await send(gateway.url, 'POST', '/v1/session', { json: credentials })).status).toBe(201);
  });

  it('the responses are the same after Redis has stopped', async () => {
    // For one second after a read, the gateway accepts a session without a call to Redis. So use a new session, which
    // the gateway has not read.
    person = Object.assign(await signInAgain(gateway.url, person), { email: person.email });
    await testRedis.close();
    await expectUnavailable();
    expect((await send(gateway.url, 'GET', '/openapi.json')).status).toBe(200);
    expect((await send(gateway.url, 'GET', '/healthz')).status).toBe(200);
  });
});
