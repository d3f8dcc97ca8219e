import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runGatewayAndAccounts, type GatewayAndAccounts } from './gateway-and-accounts.js';
import { listSessions, register, send, sidOf, signInAgain, thePassword, visit, type Visitor } from './http-client.js';
import { commonPassword } from './playing-accounts.js';
import { json, problem } from './playing-service.js';
import type { RunningGateway } from './running-gateway.js';

let redis: GatewayAndAccounts['redis'];
let accounts: GatewayAndAccounts['accounts'];
let gateway: RunningGateway;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ gateway, accounts, redis, close } = await runGatewayAndAccounts());
});

afterAll(() => close());

const keyOf = (visitor: Visitor): string => `session:${sidOf(visitor)}`;

describe('PUT /v1/users/me/password', () => {
  it('ends no session and counts no failure if the accounts service refuses the new password', async () => {
    const person = await register(gateway.url);
    await signInAgain(gateway.url, person);
    const change = { currentPassword: thePassword, newPassword: commonPassword };
    for (let count = 0; count < 11; count += 1) {
      const reply = await person.send('PUT', '/v1/users/me/password', { json: change });
      expect([reply.status, reply.json<{ errors: { path: string }[] }>().errors[0]?.path]).toEqual([
        400,
        'newPassword',
      ]);
    }
    expect(await listSessions(person)).toHaveLength(2);
  });

  it('succeeds if the accounts service is release 0.1.0, which does not check new passwords', async () => {
    const person = await register(gateway.url);
    accounts.on('POST /internal/new-password-checks', (_req, res) => problem(res, 404, 'not_found'));
    const change = { currentPassword: thePassword, newPassword: 'another horse battery' };
    expect((await person.send('PUT', '/v1/users/me/password', { json: change })).status).toBe(204);
  });

  it('ends all other sessions of the user, and keeps the current session', async () => {
    const person = await register(gateway.url);
    const device = await signInAgain(gateway.url, person);
    const change = { currentPassword: thePassword, newPassword: 'another horse battery' };
    expect((await person.send('PUT', '/v1/users/me/password', { json: change })).status).toBe(204);
    expect((await device.send('GET', '/v1/session')).status).toBe(401);
    expect((await person.send('GET', '/v1/session')).status).toBe(200);
    await signInAgain(gateway.url, person, change.newPassword);
  });

  it('ends the other sessions before the new password is valid', async () => {
    const person = await register(gateway.url);
    const device = await signInAgain(gateway.url, person);
    const seen: number[] = [];
    accounts.on('PUT /v1/users/me/password', async (_req, res) => {
      seen.push(await redis.exists(keyOf(device)));
      res.writeHead(204).end();
    });
    const change = { currentPassword: thePassword, newPassword: 'another horse battery' };
    await person.send('PUT', '/v1/users/me/password', { json: change });
    expect(seen).toEqual([0]);
  });

  it('refuses a sign-in whose password was checked before the change', async () => {
    const person = await register(gateway.url);
    let admit = (): void => undefined;
    const checked = new Promise<void>((resolve) => {
      accounts.on('POST /internal/sign-ins', (_req, res) => {
        admit = () =>
          json(res, 200, {
            id: person.userId,
            email: person.email,
            displayName: 'A',
            createdAt: new Date().toISOString(),
          });
        resolve();
      });
    });
    const intruder = visit(gateway.url);
    const late = intruder.send('POST', '/v1/session', { json: { email: person.email, password: thePassword } });
    await checked;
    const change = { currentPassword: thePassword, newPassword: 'another horse battery' };
    await person.send('PUT', '/v1/users/me/password', { json: change });
    admit();
    const reply = await late;
    expect([reply.status, reply.headers['retry-after']]).toEqual([503, '1']);
    expect(intruder.cookie).toBeUndefined();
    expect(await listSessions(person)).toHaveLength(1);
  });

  it('refuses all sign-ins until the change is complete or has failed, and accepts later sign-ins', async () => {
    const person = await register(gateway.url);
    const meanwhile: number[] = [];
    accounts.on('POST /internal/sign-ins', (_req, res) =>
      json(res, 200, { id: person.userId, email: person.email, displayName: 'A', createdAt: new Date().toISOString() }),
    );
    accounts.on('PUT /v1/users/me/password', async (_req, res) => {
      const credentials = { email: person.email, password: thePassword };
      meanwhile.push((await send(gateway.url, 'POST', '/v1/session', { json: credentials })).status);
      problem(res, 503, 'unavailable');
    });
    const change = { currentPassword: thePassword, newPassword: 'another horse battery' };
    expect((await person.send('PUT', '/v1/users/me/password', { json: change })).status).toBe(503);
    expect(meanwhile).toEqual([503]);
    await signInAgain(gateway.url, person);
  });

  it('names the field of a wrong current password or a short new password, and ends no session', async () => {
    const person = await register(gateway.url);
    const wrong = { currentPassword: 'not my password', newPassword: 'another horse battery' };
    const short = { currentPassword: thePassword, newPassword: 'short' };
    const replies = [];
    for (const change of [wrong, short])
      replies.push(await person.send('PUT', '/v1/users/me/password', { json: change }));
    expect(
      replies.map((reply) => [reply.status, reply.json<{ errors: { path: string }[] }>().errors[0]?.path]),
    ).toEqual([
      [400, 'currentPassword'],
      [400, 'newPassword'],
    ]);
    expect(await listSessions(person)).toHaveLength(1);
  });

  it('requires a session', async () => {
    const reply = await send(gateway.url, 'PUT', '/v1/users/me/password', { json: {} });
    expect(reply.status).toBe(401);
  });
});
