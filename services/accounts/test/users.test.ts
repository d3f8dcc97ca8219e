import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@mainstay/platform/testing/eventually';
import { origin, person, startAccounts, type RunningAccounts } from './running-accounts.js';

let accounts: RunningAccounts;

beforeAll(async () => {
  accounts = await startAccounts();
});
afterAll(() => accounts.close());

const register = (body: object) =>
  accounts.asAnonymous.post('/internal/users').send({ ...person, session: origin, ...body });
const signIn = (body: object) => accounts.asAnonymous.post('/internal/sign-ins').send({ session: origin, ...body });
const eventsOf = async (userId: string) => {
  const { rows } = await accounts.pool.query<{ type: string }>(
    'SELECT type FROM outbox WHERE $1 = ANY (subjects) ORDER BY xid',
    [userId],
  );
  return rows.map(({ type }) => type);
};

describe('POST /internal/users', () => {
  it('responds with the user without secrets, and stores the password only as a hash', async () => {
    const reply = await register({ email: 'Ada@Example.com' });
    expect(reply.status).toBe(201);
    expect(reply.body).toEqual({
      id: expect.any(String),
      email: 'ada@example.com',
      displayName: 'Ada Lovelace',
      createdAt: expect.any(String),
    });
    const { rows } = await accounts.pool.query<{ password_hash: string }>(
      'SELECT password_hash FROM users WHERE id = $1',
      [(reply.body as { id: string }).id],
    );
    expect(rows[0]?.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  it('refuses an e-mail that differs only in case', async () => {
    await register({ email: 'twice@example.com' });
    const reply = await register({ email: 'TWICE@example.com' });
    expect([reply.status, (reply.body as { code: string }).code]).toEqual([409, 'email_taken']);
  });

  it.each([
    [{ email: 'no address' }, 'email'],
    [{ email: 'a@example.com', password: 'short' }, 'password'],
    [{ email: 'a@example.com', password: 'x'.repeat(129) }, 'password'],
    [{ email: 'a@example.com', displayName: ' ' }, 'displayName'],
    [{ email: 'a@example.com', role: 'admin' }, 'role'],
  ])('responds to %j with 400 and names the field', async (body, path) => {
    const reply = await register(body);
    expect([reply.status, (reply.body as { errors: { path: string }[] }).errors[0]?.path]).toEqual([400, path]);
  });
});

describe('POST /internal/sign-ins', () => {
  it('accepts the e-mail in upper case', async () => {
    const { id, email } = await accounts.register();
    const reply = await signIn({ email: email.toUpperCase(), password: person.password });
    expect([reply.status, (reply.body as { id: string }).id]).toEqual([200, id]);
    expect(await eventsOf(id)).toEqual(['user.registered', 'user.signed_in']);
  });

  it('responds to an unknown e-mail as to a wrong password', async () => {
    const { email } = await accounts.register();
    const [wrong, unknown] = [
      await signIn({ email, password: 'wrong password' }),
      await signIn({ email: 'nobody@example.com', password: 'wrong password' }),
    ];
    const withoutId = ({ body }: typeof wrong) => ({ ...(body as object), requestId: '', traceId: '' });
    expect(withoutId(unknown)).toEqual(withoutId(wrong));
    expect([wrong.status, (wrong.body as { code: string }).code]).toEqual([401, 'invalid_credentials']);
  });
});

describe('failed sign-ins', () => {
  it('are reported to the owner of the account by one event in 15 minutes', async () => {
    const { id, email } = await accounts.register();
    const fail = () => signIn({ email, password: 'a wrong password' });
    await Promise.all([fail(), fail(), fail()]);
    const told = await eventually(
      () => eventsOf(id),
      (types) => types.length > 1,
    );
    expect(told).toEqual(['user.registered', 'user.sign_in_failed']);
    const { rows } = await accounts.pool.query<{ data: object }>(
      "SELECT data FROM outbox WHERE type = 'user.sign_in_failed' AND $1 = ANY (subjects)",
      [id],
    );
    expect(rows).toEqual([{ data: { ip: origin.ip, userAgent: origin.userAgent } }]);
    await accounts.pool.query(
      "UPDATE users SET sign_in_failure_told_at = sign_in_failure_told_at - interval '16 minutes' WHERE id = $1",
      [id],
    );
    await fail();
    const later = await eventually(
      () => eventsOf(id),
      (types) => types.length > 2,
    );
    expect(later.slice(2)).toEqual(['user.sign_in_failed']);
  });
});

describe('PUT /v1/users/me/password', () => {
  it('replaces the password of a user who knows the current one', async () => {
    const ada = await accounts.register();
    const reply = await ada
      .put('/v1/users/me/password')
      .send({ currentPassword: person.password, newPassword: 'another long one' });
    expect(reply.status).toBe(204);
    expect((await signIn({ email: ada.email, password: person.password })).status).toBe(401);
    expect((await signIn({ email: ada.email, password: 'another long one' })).status).toBe(200);
    // The service stores `user.sign_in_failed` in the background, so the event can be missing here. The test ignores
    // this event.
    const events = (await eventsOf(ada.id)).filter((type) => type !== 'user.sign_in_failed');
    expect(events).toEqual(['user.registered', 'user.password_changed', 'user.signed_in']);
  });

  it('responds to a wrong password with 400 and the field, because 401 means that the session has ended', async () => {
    const ada = await accounts.register();
    for (const reply of [
      await ada.put('/v1/users/me/password').send({ currentPassword: 'not this one', newPassword: 'another long one' }),
      await ada.put('/v1/users/me/password').send({ currentPassword: person.password, newPassword: 'short' }),
    ]) {
      expect(reply.status).toBe(400);
      expect(['currentPassword', 'newPassword']).toContain(
        (reply.body as { errors: { path: string }[] }).errors[0]?.path,
      );
    }
    expect((await signIn({ email: ada.email, password: person.password })).status).toBe(200);
  });
});

describe('GET /v1/users/me', () => {
  it('returns the caller', async () => {
    const ada = await accounts.register();
    expect((await ada.get('/v1/users/me')).body).toMatchObject({ id: ada.id, email: ada.email });
  });
});
