import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useCallback, useEffect, useRef } from 'react';
import { sessionQuery, type SignedIn } from '../../api/queries.js';
import { claimPage } from '../../identity/page-identity.js';
import { mayReturn, tellOtherTabs } from '../../identity/watch-identity.js';

/**
 * Opens the requested page after a sign-in in this tab or a different tab.
 * @returns a function that the form calls after a successful sign-in
 */
export function useEntered(returnTo: string | undefined): (signedIn: SignedIn) => Promise<void> {
  const queryClient = useQueryClient();
  const router = useRouter();
  const { data } = useQuery(sessionQuery);
  const going = useRef<Promise<void>>(undefined);
  const goOn = useCallback(
    ({ user }: SignedIn) =>
      (going.current ??= router.navigate({ href: mayReturn(user.id) ? (returnTo ?? '/') : '/', replace: true })),
    [router, returnTo],
  );
  useEffect(() => {
    if (data) void goOn(data);
  }, [data, goOn]);
  return async (signedIn) => {
    // A read that began before the sign-in would report that no user is signed in.
    await queryClient.cancelQueries(sessionQuery);
    claimPage(signedIn);
    tellOtherTabs();
    queryClient.setQueryData(sessionQuery.queryKey, signedIn);
    await goOn(signedIn);
  };
}
