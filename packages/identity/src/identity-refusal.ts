import { AppError } from '@mainstay/errors';
import { IDENTITY_HEADER } from './identity-token.js';

/**
 * Why a service refuses the gateway's token: `clock` if its times do not fit the service's clock, `refused` for
 * everything else.
 */
export type IdentityRefusal = 'clock' | 'refused';

/** A 401 whose header says that the gateway's token was refused, and not the user's session. */
export function identityRefused(
  reason: string,
  { mark = 'refused', cause }: { mark?: IdentityRefusal; cause?: unknown } = {},
): AppError {
  return new AppError('unauthenticated', `The identity token was refused: ${reason}`, {
    headers: { [IDENTITY_HEADER]: mark },
    cause,
  });
}

/**
 * Why a service's reply refuses the gateway's token; undefined if the reply has another reason. Such a refusal does
 * not sign the user out.
 */
export function identityRefusalOf(headers: Record<string, string | string[] | undefined>): IdentityRefusal | undefined {
  const mark = headers[IDENTITY_HEADER];
  return mark === 'clock' || mark === 'refused' ? mark : undefined;
}
