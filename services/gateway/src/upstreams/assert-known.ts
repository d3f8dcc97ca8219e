import { AppError, type Problem } from '@mainstay/errors';
import { refusesIdentity } from '@mainstay/identity';
import type { Dispatcher } from 'undici';

/**
 * A 401 about this gateway's own token says nothing of the caller, whom it would sign out.
 * @throws AppError internal with what the service said for a cause
 */
export async function assertKnown(
  service: string,
  { headers, body }: Pick<Dispatcher.ResponseData, 'headers' | 'body'>,
): Promise<void> {
  if (!refusesIdentity(headers)) return;
  const { detail } = (await body.json()) as Problem;
  const where = `the keys of ${service} (IDENTITY_PUBLIC_KEYS) and the gateway (IDENTITY_PRIVATE_KEYS), or their clocks, differ`;
  throw new AppError('internal', 'Something went wrong on our side.', { cause: new Error(`${where}: ${detail}`) });
}
