import './shell.css';
import { useQueryClient } from '@tanstack/react-query';
import { Outlet, useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';
import { onSignedOut } from '../api/session-events.js';
import { useReader } from '../strings/language.js';

/** Around every page: the way past the menu, and the way to sign-in when the session has ended. */
export function PageFrame() {
  const { strings } = useReader();
  useReturnToSignIn();
  return (
    <>
      <a className="skip" href="#content">
        {strings.skipToContent}
      </a>
      <Outlet />
    </>
  );
}

/** A session can end at any time, from another device; who was in the middle of something comes back to it. */
function useReturnToSignIn(): void {
  const router = useRouter();
  const queryClient = useQueryClient();
  useEffect(
    () =>
      onSignedOut(() => {
        const { pathname, href } = router.state.location;
        const wasSignedIn = queryClient.getQueryData(['session']) !== undefined;
        queryClient.clear(); // nothing of the one before may be seen by the next
        if (pathname === '/sign-in' || pathname === '/register' || !wasSignedIn) return;
        void router.navigate({ to: '/sign-in', search: { returnTo: href, ended: true }, replace: true });
      }),
    [router, queryClient],
  );
}
