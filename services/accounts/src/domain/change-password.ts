import { AppError, invalidField } from '@mainstay/errors';
import { assertNewPassword, type CommonPasswords } from './password-rule.js';
import type { Credentials, Passwords, Users } from './user.js';

interface Parts {
  users: Users;
  passwords: Passwords;
}

/**
 * Replaces the password if `currentPassword` is correct.
 * @throws AppError invalid_request on the field `newPassword` if the new password breaks a rule
 * @throws AppError invalid_request on the field `currentPassword` if `currentPassword` is wrong
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
 * Checks the new password against the password rules, and changes nothing.
 * @throws AppError invalid_request on the field `newPassword`
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

/**
 * Returns the stored credentials of the user.
 * @throws AppError invalid_request on the field `currentPassword` if `password` is wrong
 */
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
