import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';

const argon2 = await import('@node-rs/argon2');
let runs = 0;
jest.unstable_mockModule('@node-rs/argon2', () => ({
  ...argon2,
  verify: (stored: string, password: string) => {
    runs += 1;
    return argon2.verify(stored, password);
  },
}));
const { origin, person, startAccounts } = await import('./running-accounts.js');

let accounts: Awaited<ReturnType<typeof startAccounts>>;

beforeAll(async () => {
  accounts = await startAccounts();
});
afterAll(() => accounts.close());

const [composed, decomposed] = ['Zoë paddles a canoe', 'Zoe\u0308 paddles a canoe'];
const newEmail = () => `${crypto.randomUUID()}@example.com`;
const register = (body: object) =>
  accounts.asAnonymous.post('/internal/users').send({ ...person, email: newEmail(), session: origin, ...body });
const signIn = async (email: string, password: string) => {
  runs = 0;
  return (await accounts.asAnonymous.post('/internal/sign-ins').send({ email, password, session: origin })).status;
};
const errorsOf = ({ body }: { body: unknown }) => (body as { errors: { path: string; message: string }[] }).errors;

describe('a new password', () => {
  it.each([
    ['passwordpassword', 'repeat'],
    ['Q1W2E3R4T5Y6U7I8', 'common passwords'],
    ['Letmein2Letmein2', 'repeat'],
    ['qwerty123456789', 'sequence'],
    ['momsanaladventure', 'common passwords'],
    ['password1234password1234', 'common passwords'],
    ['mainstay'.repeat(8), 'name of this product'],
    ['Augusta Ada King', 'your name'],
    ['fourteen chars', '15 characters'],
  ])('%j is refused with the reason: %s', async (password, reason) => {
    const reply = await register({ password, displayName: 'Augusta Ada King' });
    expect([reply.status, errorsOf(reply)]).toEqual([
      400,
      [{ path: 'password', message: expect.stringContaining(reason) }],
    ]);
  });

  it("is refused if it is the user's e-mail, at registration or at a change", async () => {
    const email = newEmail();
    expect(errorsOf(await register({ email, password: email.toUpperCase() }))[0]?.message).toMatch(/your e-mail/);
    const ada = await accounts.register(email);
    const change = { currentPassword: person.password, newPassword: email };
    for (const reply of [
      await ada.put('/v1/users/me/password').send(change),
      await ada.post('/internal/new-password-checks').send({ password: email }),
    ]) {
      expect([reply.status, errorsOf(reply)[0]?.path]).toEqual([400, 'newPassword']);
    }
    expect((await ada.post('/internal/new-password-checks').send({ password: composed })).status).toBe(204);
  });
});

describe('a password that is typed on another system', () => {
  it('matches in every Unicode normalization form', async () => {
    const email = newEmail();
    await register({ email, password: decomposed });
    expect(await signIn(email, decomposed)).toBe(200);
    expect(await signIn(email, composed)).toBe(200);
    expect(await signIn(email, 'Zoe paddles a canoe')).toBe(401);
  });

  it('matches the hash that release 0.1.0 made of the typed text', async () => {
    const email = newEmail();
    const { body } = await register({ email });
    const hash = await argon2.hash(decomposed);
    // Release 0.1.0 changes only this column when it changes a password.
    await accounts.pool.query('UPDATE users SET password_hash = $2 WHERE id = $1', [(body as { id: string }).id, hash]);
    expect(await signIn(email, decomposed)).toBe(200);
    expect(await signIn(email, person.password)).toBe(401);
  });

  it('can be checked by release 0.1.0, and its canonical hash is ignored after release 0.1.0 changes the password', async () => {
    const email = newEmail();
    const { body } = await register({ email, password: decomposed });
    const { id } = body as { id: string };
    const { rows } = await accounts.pool.query<{ password_hash: string }>('SELECT * FROM users WHERE id = $1', [id]);
    expect(await argon2.verify(rows[0]?.password_hash ?? '', decomposed)).toBe(true);
    await accounts.pool.query('UPDATE users SET password_hash = $2 WHERE id = $1', [id, await argon2.hash('short')]);
    expect([await signIn(email, 'short'), await signIn(email, composed), await signIn(email, decomposed)]).toEqual([
      200, 401, 401,
    ]);
  });

  it('takes as many runs of Argon2 for an unknown e-mail as for a known e-mail', async () => {
    const { email } = await accounts.register();
    for (const [password, expected] of [
      [composed, 1],
      [decomposed, 2],
    ] as const) {
      expect([await signIn(email, password), runs]).toEqual([401, expected]);
      expect([await signIn('nobody@example.com', password), runs]).toEqual([401, expected]);
    }
  });

  it('is refused if it is not valid Unicode, because different texts would become equal', async () => {
    expect((await register({ password: 'correct horse \ud800 battery' })).status).toBe(400);
    expect(await signIn(newEmail(), 'correct horse \ud800 battery')).toBe(400);
  });
});

describe('an e-mail with an international domain', () => {
  it('is the same address in every spelling', async () => {
    const name = crypto.randomUUID();
    const reply = await register({ email: `${name}@Bücher.example` });
    expect(reply.body).toMatchObject({ email: `${name}@xn--bcher-kva.example` });
    expect(await signIn(`${name}@bu\u0308cher.example`, person.password)).toBe(200);
    expect((await register({ email: `${name}@xn--bcher-kva.example` })).status).toBe(409);
  });
});
