/** A user who can sign in. The e-mail is in lower case. */
export interface User {
  id: string;
  email: string;
  displayName: string;
  createdAt: Date;
}

/** The session that a registration or sign-in creates, and its client. The event `user.signed_in` records both. */
export interface SessionOrigin {
  id: string;
  ip: string;
  userAgent: string;
}

/** The interface to the stored users. */
export interface Users {
  /**
   * Stores the user and the event `user.registered` in one transaction.
   * @throws AppError email_taken
   */
  add(user: NewUser, origin: SessionOrigin): Promise<User>;
  find(id: string): Promise<User | undefined>;
  findCredentials(email: string): Promise<Credentials | undefined>;
  findCredentialsById(id: string): Promise<Credentials | undefined>;
  /** Stores the event `user.signed_in`. */
  recordSignIn(userId: string, origin: SessionOrigin): Promise<void>;
  /**
   * Stores the event `user.sign_in_failed`, at most once in 15 minutes for each user. Returns before the write, because
   * its duration would show that the account exists.
   */
  recordFailedSignIn(userId: string, origin: SessionOrigin): void;
  /**
   * Replaces the password and stores the event `user.password_changed`. If the stored password differs from `former`,
   * changes nothing and returns false.
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

/** The hashes of one password. */
export interface StoredPassword {
  /** Hash of the password as the user typed it. Release 0.1.0 knows only this hash. */
  hash: string;
  /**
   * Hash of the password's canonical form (NFKC). Undefined if that form equals the typed text, or if release 0.1.0
   * stored the password.
   */
  canonicalHash?: string | undefined;
}

/** Hashes passwords. Hashing is slow by design and does not block the event loop. */
export interface Passwords {
  hash(password: string): Promise<StoredPassword>;
  verify(stored: StoredPassword, password: string): Promise<boolean>;
  /** Takes as long as `verify`, so the response time does not reveal whether an account exists. */
  verifyNothing(password: string): Promise<false>;
}
