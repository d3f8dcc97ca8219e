import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { sessionQuery, type SignedIn } from '../../api/queries.js';

/** Goes on where the person wanted to be. Nothing that was read before signing in is kept. */
export function useEntered(returnTo: string | undefined): (signedIn: SignedIn) => Promise<void> {
  const queryClient = useQueryClient();
  const router = useRouter();
  return async (signedIn) => {
    queryClient.clear();
    queryClient.setQueryData(sessionQuery.queryKey, signedIn);
    await router.navigate({ href: returnTo ?? '/', replace: true });
  };
}
