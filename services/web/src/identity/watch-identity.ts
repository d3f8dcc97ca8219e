import { readSession } from '../api/client.js';
import { onIdentityDoubt, onSignedOut } from '../api/session-events.js';
import { waitUntil } from '../live/wait-until.js';
import { steadyNow } from '../time/steady-now.js';
import { createIdentityCheck, type Departure } from './identity-check.js';
import { pageOwner } from './page-identity.js';

/** Tells the other tabs of this browser that the cookie has another session now. `left` names a session that its user has ended. */
const channel = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('mainstay.session');
const returnName = 'mainstay.return-for';

export function tellOtherTabs(change: { left?: string } = {}): void {
  channel?.postMessage(change);
}

/**
 * Checks the page's identity when a reply or another tab casts doubt on it, and leaves the page when it belongs to another session.
 * @param forget drops everything that was read for the owner
 */
export function watchIdentity(forget: () => void): void {
  let isLeftByUser = false;
  const leave = (departure: Departure) => leavePage(forget, isLeftByUser ? 'signed-out' : departure);
  const check = createIdentityCheck({
    owner: pageOwner,
    readSession,
    leave,
    waitUntil: (time) => waitUntil(time, new AbortController().signal),
    now: steadyNow,
  });
  onIdentityDoubt(() => void check());
  onSignedOut(() => {
    tellOtherTabs({ left: pageOwner()?.sessionId ?? '' });
    leavePage(forget, 'signed-out');
  });
  channel?.addEventListener('message', ({ data }: MessageEvent<{ left?: string }>) => {
    isLeftByUser ||= data.left !== undefined && data.left === pageOwner()?.sessionId;
    void check();
  });
  // The browser may keep a page that was left and show it again later, with all that it held.
  window.addEventListener('pagehide', () => (document.documentElement.style.visibility = 'hidden'));
  window.addEventListener('pageshow', ({ persisted }) => {
    if (persisted) location.reload();
  });
}

/** Forgets what the page holds, and loads what belongs to the browser's session now. */
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

/** Whether a user may be led to where this tab was before: another user's page is none of theirs. Counts once. */
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
    // nothing is kept there
  }
}

function writeTab(userId: string): void {
  try {
    sessionStorage.setItem(returnName, userId);
  } catch {
    // then anybody who signs in goes where this tab was, and finds what is theirs
  }
}
