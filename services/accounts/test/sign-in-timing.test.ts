import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';

const argon2 = await import('@node-rs/argon2');
const runs: string[] = [];
jest.unstable_mockModule('@node-rs/argon2', () => ({
  ...argon2,
  verify: (stored: string, password: string) => {
    runs.push(stored.split('$').slice(0, 4).join('$'));
    return argon2.verify(stored, password);
  },
}));
const { origin, startAccounts } = await import('./running-accounts.js');

let accounts: Awaited<ReturnType<typeof startAccounts>>;
let known: string;
const unknown = 'nobody-has-this@example.com';

beforeAll(async () => {
  accounts = await startAccounts();
  known = (await accounts.register()).email;
  // The service computes a hash for unknown e-mails when the service starts. The first sign-in with an unknown e-mail
  // waits for that hash, so make that sign-in before the test.
  await signIn(unknown);
});
afterAll(() => accounts.close());

async function signIn(email: string): Promise<void> {
  const reply = await accounts.asAnonymous
    .post('/internal/sign-ins')
    .send({ email, password: 'a wrong password', session: origin });
  expect(reply.status).toBe(401);
}

describe('a sign-in with an unknown e-mail', () => {
  it('runs Argon2 once with the same parameters as a sign-in with a wrong password', async () => {
    runs.length = 0;
    await signIn(known);
    await signIn(unknown);
    expect(runs).toEqual(Array(2).fill('$argon2id$v=19$m=19456,t=2,p=1'));
  });
});
