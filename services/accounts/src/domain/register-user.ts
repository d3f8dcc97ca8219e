import { newId } from './new-id.js';
import { assertNewPassword, type CommonPasswords } from './password-rule.js';
import type { Passwords, SessionOrigin, User, Users } from './user.js';

export interface Registration {
  email: string;
  password: string;
  displayName: string;
}

interface Parts {
  users: Users;
  passwords: Passwords;
  commonPasswords: CommonPasswords;
}

/** @throws AppError invalid_request on the field `password` · email_taken · unavailable · deadline_exceeded */
export async function registerUser(
  { users, passwords, commonPasswords }: Parts,
  { email, password, displayName }: Registration,
  origin: SessionOrigin,
): Promise<User> {
  assertNewPassword({ commonPasswords }, { path: 'password', password, email, displayName });
  const stored = await passwords.hash(password);
  return users.add({ id: newId(), email, displayName, password: stored }, origin);
}
