export interface Identity {
  readonly userId: string;
  readonly sessionId: string;
}

/** A loaded page belongs to at most one session. If the session ends or changes, the browser leaves the page. */
let owner: Identity | undefined;

/** Undefined until a user is signed in on this page. */
export function pageOwner(): Identity | undefined {
  return owner;
}

/** Makes a session the owner of the page. Later calls have no effect. */
export function claimPage({ user, session }: { user: { id: string }; session: { id: string } }): void {
  owner ??= { userId: user.id, sessionId: session.id };
}
