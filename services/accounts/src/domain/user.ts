/** A user who can sign in. The e-mail is lower-case, because case does not distinguish users. */
export interface User {
  id: string;
  email: string;
  displayName: string;
  createdAt: Date;
}

/** The origin of a sign-in, for the user's event. */
export interface SessionOrigin {
  id: string;
  ip: string;
  userAgent: string;
}

/** The users' store, as the domain needs it. */
export interface Users {
  /**
   * Stores the user and `user.registered` in one transaction.
   * @throws AppError email_taken
   */
  add(user: NewUser, origin: SessionOrigin): Promise<User>;
  find(id: string): Promise<User | undefined>;
  findCredentials(email: string): Promise<Credentials | undefined>;
  findCredentialsById(id: string): Promise<Credentials | undefined>;
  /** Stores `user.signed_in`. */
  recordSignIn(userId: string, origin: SessionOrigin): Promise<void>;
  /**
   * Stores `user.sign_in_failed`, at most once in 15 minutes for each user. It runs in the background, because an
   * unknown e-mail has nothing to store and must not get a faster response. A lost event does no harm.
   */
  recordFailedSignIn(userId: string, origin: SessionOrigin): void;
  /**
   * Replaces the password and stores `user.password_changed` in one transaction. False, and no change, if `former` is
   * not the stored password any more.
   */
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

/** The stored forms of a password. */
export interface StoredPassword {
  /** The hash of the typed text, which release 0.1.0 reads and writes. */
  hash: string;
  /** The hash of its canonical form, if that differs. Release 0.1.0 does not know it. */
  canonicalHash?: string | undefined;
}

/** Password hashing: slow by design, and never on the event loop. */
export interface Passwords {
  hash(password: string): Promise<StoredPassword>;
  verify(stored: StoredPassword, password: string): Promise<boolean>;
  /** Takes as long as `verify` and is always false: an unknown e-mail must not respond faster than a wrong password. */
  verifyNothing(password: string): Promise<false>;
}
