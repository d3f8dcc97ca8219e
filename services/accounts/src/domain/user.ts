/** A person who can sign in. The e-mail is lower-case: case never tells two people apart. */
export interface User {
  id: string;
  email: string;
  displayName: string;
  createdAt: Date;
}

/** Where a sign-in came from, for the event that tells the user of it. */
export interface SessionOrigin {
  id: string;
  ip: string;
  userAgent: string;
}

/** What the domain needs of the users' store. */
export interface Users {
  /** Stores the user and `user.registered` in one transaction. @throws AppError email_taken */
  add(user: NewUser, origin: SessionOrigin): Promise<User>;
  find(id: string): Promise<User | undefined>;
  findCredentials(email: string): Promise<Credentials | undefined>;
  findPasswordHash(id: string): Promise<string | undefined>;
  /** Stores `user.signed_in`. */
  recordSignIn(userId: string, origin: SessionOrigin): Promise<void>;
  /** Replaces the hash, only where it is still `formerHash`, and stores `user.password_changed` in the same transaction. */
  replacePasswordHash(userId: string, formerHash: string, hash: string): Promise<boolean>;
}

export interface NewUser {
  id: string;
  email: string;
  displayName: string;
  passwordHash: string;
}

export interface Credentials {
  user: User;
  passwordHash: string;
}

/** Password hashing: slow by design, and never on the event loop. */
export interface Passwords {
  hash(password: string): Promise<string>;
  verify(hash: string, password: string): Promise<boolean>;
  /** Takes as long as `verify` and is always false: an unknown e-mail must not answer faster than a wrong password. */
  verifyNothing(password: string): Promise<false>;
}
