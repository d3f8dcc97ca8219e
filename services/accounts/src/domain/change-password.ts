import { AppError, invalidField } from '@mainstay/errors';
import type { Passwords, Users } from './user.js';

interface Parts {
  users: Users;
  passwords: Passwords;
}

/**
 * Replaces the password of somebody who knows the present one.
 * @throws AppError invalid_request on `currentPassword` (a 401 would sign the page out), also when another change came first
 */
export async function changePassword(
  parts: Parts,
  userId: string,
  { currentPassword, newPassword }: { currentPassword: string; newPassword: string },
): Promise<void> {
  const formerHash = await checkPassword(parts, userId, currentPassword);
  const hash = await parts.passwords.hash(newPassword);
  if (!(await parts.users.replacePasswordHash(userId, formerHash, hash))) throw wrongPassword();
}

/** The stored hash that `password` matches. @throws AppError invalid_request on `currentPassword` */
export async function checkPassword({ users, passwords }: Parts, userId: string, password: string): Promise<string> {
  const hash = await users.findPasswordHash(userId);
  if (hash === undefined) throw new AppError('unauthenticated');
  if (!(await passwords.verify(hash, password))) throw wrongPassword();
  return hash;
}

function wrongPassword(): AppError {
  return invalidField('currentPassword', 'is not your password');
}
