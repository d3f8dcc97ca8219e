import { AppError } from '@mainstay/errors';
import { IDENTITY_HEADER } from './identity-token.js';

const mark = 'refused';

/** A 401 that says by a header what it is about: the gateway's own token, and not whoever it speaks for. */
export function identityRefused(reason: string, cause?: unknown): AppError {
  return new AppError('unauthenticated', `The identity token was refused: ${reason}`, {
    headers: { [IDENTITY_HEADER]: mark },
    cause,
  });
}

/** Whether a service's reply refuses the gateway's token: keys or clocks differ, and nobody was signed out. */
export function refusesIdentity(headers: Record<string, string | string[] | undefined>): boolean {
  return headers[IDENTITY_HEADER] === mark;
}
