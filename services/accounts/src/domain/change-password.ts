import { AppError, invalidField } from '@mainstay/errors';
import { assertNewPassword, type CommonPasswords } from './password-rule.js';
import type { Credentials, Passwords, Users } from './user.js';

interface Parts {
  users: Users;
  passwords: Passwords;
}

/**
 * Replaces the password of a user who knows the current one.
 * @throws AppError invalid_request on `newPassword`, or on `currentPassword`, also if another change came first. A
 * wrong current password is not a 401, because that would sign the page out.
 */
export async function changePassword(
  parts: Parts & { commonPasswords: CommonPasswords },
  userId: string,
  { currentPassword, newPassword }: { currentPassword: string; newPassword: string },
): Promise<void> {
  await checkNewPassword(parts, userId, newPassword);
  const former = await checkPassword(parts, userId, currentPassword);
  const password = await parts.passwords.hash(newPassword);
  if (!(await parts.users.replacePassword(userId, former.password, password))) throw wrongPassword();
}

/**
 * Checks the new password before anything is changed.
 * @throws AppError invalid_request on `newPassword`
 */
export async function checkNewPassword(
  { users, commonPasswords }: { users: Users; commonPasswords: CommonPasswords },
  userId: string,
  password: string,
): Promise<void> {
  const user = await users.find(userId);
  if (user === undefined) throw new AppError('unauthenticated');
  const { email, displayName } = user;
  assertNewPassword({ commonPasswords }, { path: 'newPassword', password, email, displayName });
}

/** The credentials that `password` matches. @throws AppError invalid_request on `currentPassword` */
export async function checkPassword(
  { users, passwords }: Parts,
  userId: string,
  password: string,
): Promise<Credentials> {
  const credentials = await users.findCredentialsById(userId);
  if (credentials === undefined) throw new AppError('unauthenticated');
  if (!(await passwords.verify(credentials.password, password))) throw wrongPassword();
  return credentials;
}

function wrongPassword(): AppError {
  return invalidField('currentPassword', 'is not your password');
}
