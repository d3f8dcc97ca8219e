import { AppError } from '@mainstay/errors';
import { IDENTITY_HEADER } from './identity-token.js';

/** `clock`: the token's times do not fit the service's clock. `refused`: any other reason. */
export type IdentityRefusal = 'clock' | 'refused';

/**
 * Returns a 401 about the gateway's token. The reply has IDENTITY_HEADER, because a 401 without this header means that
 * the user is not signed in.
 */
export function identityRefused(
  reason: string,
  { mark = 'refused', cause }: { mark?: IdentityRefusal; cause?: unknown } = {},
): AppError {
  return new AppError('unauthenticated', `The identity token was refused: ${reason}`, {
    headers: { [IDENTITY_HEADER]: mark },
    cause,
  });
}

/** Returns why a service refused the gateway's token, or undefined for any other reply. */
export function identityRefusalOf(headers: Record<string, string | string[] | undefined>): IdentityRefusal | undefined {
  const mark = headers[IDENTITY_HEADER];
  return mark === 'clock' || mark === 'refused' ? mark : undefined;
}
