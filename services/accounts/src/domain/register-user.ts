import { newId } from './new-id.js';
import type { Passwords, SessionOrigin, User, Users } from './user.js';

export interface Registration {
  email: string;
  password: string;
  displayName: string;
}

/** Adds a user who can sign in from now on. @throws AppError email_taken */
export async function registerUser(
  { users, passwords }: { users: Users; passwords: Passwords },
  { email, password, displayName }: Registration,
  origin: SessionOrigin,
): Promise<User> {
  const passwordHash = await passwords.hash(password);
  return users.add({ id: newId(), email, displayName, passwordHash }, origin);
}
