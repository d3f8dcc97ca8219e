/** The user and the session that a page belongs to. */
export interface Identity {
  readonly userId: string;
  readonly sessionId: string;
}

/**
 * One document belongs to one session. After a change of identity the page is loaded again, so that none of its data
 * outlives its owner.
 */
let owner: Identity | undefined;

/** Undefined until a user is signed in on this page. */
export function pageOwner(): Identity | undefined {
  return owner;
}

/** Gives the page to a session. Only the first call counts. */
export function claimPage({ user, session }: { user: { id: string }; session: { id: string } }): void {
  owner ??= { userId: user.id, sessionId: session.id };
}
