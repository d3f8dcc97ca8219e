import { AppError } from '@mainstay/errors';
import { IDENTITY_HEADER } from './identity-token.js';

/** Why a service refuses the gateway's own token: `clock` when its times are not those of the service's clock, `refused` for everything else. */
export type IdentityRefusal = 'clock' | 'refused';

/** A 401 that says by a header what it is about: the gateway's own token, and not whoever it speaks for. */
export function identityRefused(
  reason: string,
  { mark = 'refused', cause }: { mark?: IdentityRefusal; cause?: unknown } = {},
): AppError {
  return new AppError('unauthenticated', `The identity token was refused: ${reason}`, {
    headers: { [IDENTITY_HEADER]: mark },
    cause,
  });
}

/** Why a service's reply refuses the gateway's token, which signs nobody out; undefined where the reply is about something else. */
export function identityRefusalOf(headers: Record<string, string | string[] | undefined>): IdentityRefusal | undefined {
  const mark = headers[IDENTITY_HEADER];
  return mark === 'clock' || mark === 'refused' ? mark : undefined;
}
