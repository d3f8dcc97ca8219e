import { AppError } from '@mainstay/errors';
import type { Passwords, SessionOrigin, User, Users } from './user.js';

/**
 * An unknown e-mail and a wrong password get the same response after the same time.
 * @throws AppError invalid_credentials · unavailable · deadline_exceeded
 */
export async function signIn(
  { users, passwords }: { users: Users; passwords: Passwords },
  { email, password }: { email: string; password: string },
  origin: SessionOrigin,
): Promise<User> {
  const credentials = await users.findCredentials(email);
  const isRight = credentials
    ? await passwords.verify(credentials.password, password)
    : await passwords.verifyNothing(password);
  if (credentials && !isRight) users.recordFailedSignIn(credentials.user.id, origin);
  if (!credentials || !isRight) throw new AppError('invalid_credentials');
  await users.recordSignIn(credentials.user.id, origin);
  return credentials.user;
}
