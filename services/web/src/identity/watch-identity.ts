import { readSession } from '../api/client.js';
import { onIdentityDoubt, onSignOut } from '../api/session-events.js';
import { waitUntil } from '../live/wait-until.js';
import { steadyNow } from '../time/steady-now.js';
import { createIdentityCheck, type Departure } from './identity-check.js';
import { pageOwner } from './page-identity.js';

const channel = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('mainstay.session');
const returnName = 'mainstay.return-for';

/** Makes all other tabs of the browser check the session. `left` is the id of a session that the user ends. */
export function tellOtherTabs(change: { left?: string } = {}): void {
  channel?.postMessage(change);
}

/**
 * Leaves the page when the browser's cookie no longer contains the page's session.
 * @param forget a function that removes the user's data from the page's memory
 */
export function watchIdentity(forget: () => void): void {
  let isLeftByUser = false;
  let signOut = Promise.resolve();
  let isLeft = false;
  function leave(departure: Departure | 'signed-out'): void {
    if (isLeft) return; // a second navigation would abort the first navigation
    isLeft = true;
    leavePage(forget, isLeftByUser ? 'signed-out' : departure);
  }
  const check = createIdentityCheck({
    owner: pageOwner,
    // If the user is signing out, wait for the end of the sign-out. Otherwise the page would report an expired session,
    // and the next sign-in would open this page again.
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
  // The Back button can show this page again with old data. So hide the page, and reload the page after a return.
  window.addEventListener('pagehide', () => (document.documentElement.style.visibility = 'hidden'));
  window.addEventListener('pageshow', ({ persisted }) => {
    if (persisted) location.reload();
  });
}

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

/**
 * Whether the user can return to the last page of this tab. The result is false if the session of a different user
 * ended on that page. The call deletes the stored user id, so later calls return true.
 */
export function mayReturn(userId: string): boolean {
  try {
    const returnFor = sessionStorage.getItem(returnName);
    sessionStorage.removeItem(returnName);
    return returnFor === null || returnFor === userId;
  } catch {
    return true;
  }
}

/** Removes the session storage of this tab: the router's scroll positions, and a user id that `writeTab` stored. */
function clearTab(): void {
  try {
    sessionStorage.clear();
  } catch {
    // A browser that blocks `sessionStorage` has stored no data, so `clearTab` has no data to remove.
  }
}

function writeTab(userId: string): void {
  try {
    sessionStorage.setItem(returnName, userId);
  } catch {
    // Without storage, `mayReturn` returns true. This is safe, because the API shows users only their own data.
  }
}
