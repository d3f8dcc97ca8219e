import { email, line, newPassword, presentPassword } from '@mainstay/service/requests';
import { z } from 'zod';
import { user } from '../upstreams/accounts-client.js';
import type { UserSession } from './user-sessions.js';

export const registration = z.strictObject({
  email,
  password: newPassword,
  displayName: line(80).meta({ examples: ['Ada Lovelace'] }),
});

export const credentials = z.strictObject({ email, password: presentPassword });

export const passwordChange = z.strictObject({ currentPassword: presentPassword, newPassword });

/** Browsers log an error for every 401, so `optional` lets a web page check for a session without a 401. */
export const sessionQuery = z.strictObject({
  optional: z
    .enum(['true', 'false'], { error: 'must be true or false' })
    .default('false')
    .transform((value) => value === 'true')
    .meta({ description: 'With `true`, an anonymous caller gets 204 instead of 401.' }),
});

/**
 * If the id is not a UUID, the request gets 404, like a request with an unknown id. Clients do not interpret session
 * ids, so a separate error for the format would not help a client.
 */
export const sessionPath = z.object({ sessionId: z.uuid().meta({ description: '`id` of one of your sessions.' }) });

export const session = z
  .object({
    id: z.uuid().meta({ description: 'Public id of the session. It is not the secret in the cookie.' }),
    current: z.boolean().meta({ description: 'True for the session of this request.' }),
    createdAt: z.iso.datetime(),
    lastSeenAt: z.iso.datetime(),
    userAgent: z.string().meta({ description: 'User-Agent header of the client; may be empty.' }),
    ip: z.string(),
  })
  .meta({ id: 'Session' });
export type Session = z.output<typeof session>;

/** Returns the fields of a session that its user can see. */
export function shownSession({ id, ...kept }: UserSession, currentId: string): Session {
  return { id, current: id === currentId, ...kept };
}

/** The signed-in user and session. */
export const signedInReply = z.object({ user, session }).meta({ id: 'SignedIn' });
