import { readSession } from '../api/client.js';
import { onIdentityDoubt, onSignOut } from '../api/session-events.js';
import { waitUntil } from '../live/wait-until.js';
import { steadyNow } from '../time/steady-now.js';
import { createIdentityCheck, type Departure } from './identity-check.js';
import { pageOwner } from './page-identity.js';

/**
 * Tells the other tabs of this browser that the cookie has another session now. `left` names a session that its user
 * is ending or has ended.
 */
const channel = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('mainstay.session');
const returnName = 'mainstay.return-for';

export function tellOtherTabs(change: { left?: string } = {}): void {
  channel?.postMessage(change);
}

/**
 * Checks the page's identity when a reply or another tab casts doubt on it, and leaves the page when it belongs to
 * another session.
 * @param forget drops all data that was read for the owner
 */
export function watchIdentity(forget: () => void): void {
  let isLeftByUser = false;
  let signOut = Promise.resolve();
  let isLeft = false;
  function leave(departure: Departure | 'signed-out'): void {
    if (isLeft) return; // a second navigation would abort the first
    isLeft = true;
    leavePage(forget, isLeftByUser ? 'signed-out' : departure);
  }
  const check = createIdentityCheck({
    owner: pageOwner,
    // The session's end may be seen before the reply to the sign-out, which decides how the page is left.
    async readSession() {
      const signedIn = await readSession();
      await signOut;
      return signedIn;
    },
    leave,
    waitUntil: (time) => waitUntil(time, new AbortController().signal),
    now: steadyNow,
  });
  onIdentityDoubt(() => void check());
  onSignOut((ended) => {
    const left = pageOwner()?.sessionId ?? '';
    tellOtherTabs({ left });
    signOut = ended.then(
      () => {
        isLeftByUser = true;
        tellOtherTabs({ left });
        leave('signed-out');
      },
      () => undefined,
    );
  });
  channel?.addEventListener('message', ({ data }: MessageEvent<{ left?: string }>) => {
    isLeftByUser ||= data.left !== undefined && data.left === pageOwner()?.sessionId;
    void check();
  });
  // The browser may keep a page that was left and show it again later, with all of its data.
  window.addEventListener('pagehide', () => (document.documentElement.style.visibility = 'hidden'));
  window.addEventListener('pageshow', ({ persisted }) => {
    if (persisted) location.reload();
  });
}

/** Drops the page's data, and loads the page of the browser's current session. */
function leavePage(forget: () => void, departure: Departure | 'signed-out'): void {
  const owner = pageOwner();
  forget();
  clearTab();
  const { pathname, search } = location;
  if (departure === 'renewed') return location.reload();
  if (departure === 'other-user') return location.replace('/');
  if (departure === 'signed-out' || !owner) return location.replace('/sign-in');
  writeTab(owner.userId);
  const query = new URLSearchParams({ returnTo: pathname + search, ended: 'true' });
  location.replace(`/sign-in?${query}`);
}

/** Whether a user may return to the page where this tab was. Another user's page must not be opened. The answer is true once only. */
export function mayReturn(userId: string): boolean {
  try {
    const returnFor = sessionStorage.getItem(returnName);
    sessionStorage.removeItem(returnName);
    return returnFor === null || returnFor === userId;
  } catch {
    return true;
  }
}

/** The router keeps scroll positions by path, and paths name accounts. */
function clearTab(): void {
  try {
    sessionStorage.clear();
  } catch {
    // the browser has no storage, so nothing needs to be removed
  }
}

function writeTab(userId: string): void {
  try {
    sessionStorage.setItem(returnName, userId);
  } catch {
    // without storage, every user returns to the same page, but sees only their own data
  }
}
