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
  findCredentialsById(id: string): Promise<Credentials | undefined>;
  /** Stores `user.signed_in`. */
  recordSignIn(userId: string, origin: SessionOrigin): Promise<void>;
  /**
   * Stores `user.sign_in_failed`, at most once in a quarter of an hour for each user. In the background: an unknown e-mail has nothing to store, and must
   * not answer faster. One that is lost does no harm.
   */
  recordFailedSignIn(userId: string, origin: SessionOrigin): void;
  /** Replaces the password, only where it is still the former one, and stores `user.password_changed` in the same transaction. */
  replacePassword(userId: string, former: StoredPassword, password: StoredPassword): Promise<boolean>;
}

export interface NewUser {
  id: string;
  email: string;
  displayName: string;
  password: StoredPassword;
}

export interface Credentials {
  user: User;
  password: StoredPassword;
}

/** What is kept of a password. */
export interface StoredPassword {
  /** Of the text as it was typed: what release 0.1.0 reads and writes. */
  hash: string;
  /** Of the same text in its canonical form, where that differs. Release 0.1.0 does not know it. */
  canonicalHash?: string | undefined;
}

/** Password hashing: slow by design, and never on the event loop. */
export interface Passwords {
  hash(password: string): Promise<StoredPassword>;
  verify(stored: StoredPassword, password: string): Promise<boolean>;
  /** Takes as long as `verify` and is always false: an unknown e-mail must not answer faster than a wrong password. */
  verifyNothing(password: string): Promise<false>;
}
