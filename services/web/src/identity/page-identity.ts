export interface Identity {
  readonly userId: string;
  readonly sessionId: string;
}

/** A loaded page belongs to one session. If the session changes, the browser reloads the page. */
let owner: Identity | undefined;

/** Undefined until a user is signed in on this page. */
export function pageOwner(): Identity | undefined {
  return owner;
}

/** Makes a session the owner of the page. Later calls have no effect. */
export function claimPage({ user, session }: { user: { id: string }; session: { id: string } }): void {
  owner ??= { userId: user.id, sessionId: session.id };
}
