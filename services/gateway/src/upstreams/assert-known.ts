import { AppError, type Problem } from '@mainstay/errors';
import { identityRefusalOf } from '@mainstay/identity';
import { textOf, type UpstreamReply } from './upstream-reply.js';
import type { ShownUpstream } from './upstream-metrics.js';

/**
 * Throws if the service refused the gateway's own identity token with 401. The client must not get this 401, because
 * the client's session is valid.
 * @throws AppError unavailable if the clocks differ
 * @throws AppError internal otherwise, for example if the keys differ
 */
export async function assertKnown(
  service: string,
  reply: UpstreamReply,
  shown: Pick<ShownUpstream, 'identityRefused'>,
): Promise<void> {
  const refusal = identityRefusalOf(reply.headers);
  if (refusal === undefined) return;
  const { detail } = JSON.parse(await textOf(reply)) as Problem;
  shown.identityRefused(refusal, clockOffsetS(reply.headers.date));
  if (refusal === 'clock') {
    const cause = new Error(`the clocks of ${service} and the gateway differ by more than 30 s: ${detail}`);
    throw new AppError('unavailable', 'The service cannot verify requests at the moment.', { cause, retryAfterS: 1 });
  }
  const cause = new Error(
    `the keys of ${service} (IDENTITY_PUBLIC_KEYS) and the gateway (IDENTITY_PRIVATE_KEYS) differ: ${detail}`,
  );
  throw new AppError('internal', 'Something went wrong on our side.', { cause });
}

/** Returns how far the clock of the service is ahead, in whole seconds; undefined if the response has no date. */
function clockOffsetS(date: string | string[] | undefined): number | undefined {
  const theirsMs = typeof date === 'string' ? Date.parse(date) : NaN;
  // eslint-disable-next-line no-restricted-properties -- this code compares two clocks
  return Number.isNaN(theirsMs) ? undefined : Math.round((theirsMs - Date.now()) / 1_000);
}
