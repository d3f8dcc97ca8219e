import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { signOut } from '../api/commands.js';
import { useToast } from '../design/toasts.js';
import { errorText } from '../strings/error-text.js';
import { useReader } from '../strings/language.js';

/** Ends the session and forgets all that was read with it. Where it could not be ended, the person hears so and stays. */
export function useSignOut(): () => void {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const { strings } = useReader();
  return () => {
    signOut()
      .then(() => navigate({ to: '/sign-in', search: {} }))
      .then(() => queryClient.clear())
      .catch((error: unknown) => toast(errorText(error, strings), 'alert'));
  };
}
