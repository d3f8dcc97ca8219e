import { line } from '@mainstay/requests';
import { z } from 'zod';
import { user } from '../upstreams/accounts-client.js';
import type { UserSession } from './user-sessions.js';

const email = z
  .string({ error: 'must be a text' })
  .trim()
  .max(254, { error: 'must have at most 254 characters' })
  .pipe(z.email({ error: 'must be an e-mail address' }))
  .meta({ description: 'Upper and lower case are the same.', examples: ['ada@example.com'] });

/** Of a new password. What is asked of an existing one is only that it is a text: no rule may tell which passwords cannot be. */
const newPassword = z
  .string({ error: 'must be a text' })
  .min(10, { error: 'must have at least 10 characters' })
  .max(128, { error: 'must have at most 128 characters' })
  .meta({ examples: ['correct horse battery'] });

const existingPassword = z
  .string({ error: 'must be a text' })
  .min(1, { error: 'must not be empty' })
  .max(128, { error: 'must have at most 128 characters' });

export const registration = z.strictObject({
  email,
  password: newPassword,
  displayName: line(80).meta({ examples: ['Ada Lovelace'] }),
});

export const credentials = z.strictObject({ email, password: existingPassword });

export const passwordChange = z.strictObject({ currentPassword: existingPassword, newPassword });

/** A page that asks whether somebody is signed in must not make the browser log an error. */
export const sessionQuery = z.strictObject({
  optional: z
    .enum(['true', 'false'], { error: 'must be true or false' })
    .default('false')
    .transform((value) => value === 'true')
    .meta({ description: 'With `true`, an anonymous caller gets 204 instead of 401.' }),
});

/** An id of a session is opaque to its user: what is no id is simply unknown. */
export const sessionPath = z.object({ sessionId: z.uuid().meta({ description: '`id` of one of your sessions.' }) });

export const session = z
  .object({
    id: z.uuid().meta({ description: 'Public: it is not the secret in the cookie.' }),
    current: z.boolean().meta({ description: 'Whether this request came with it.' }),
    createdAt: z.iso.datetime(),
    lastSeenAt: z.iso.datetime(),
    userAgent: z.string().meta({ description: 'As the client named itself; may be empty.' }),
    ip: z.string(),
  })
  .meta({ id: 'Session' });
export type Session = z.output<typeof session>;

/** A session as its user sees it. */
export function shownSession({ id, ...kept }: UserSession, currentId: string): Session {
  return { id, current: id === currentId, ...kept };
}

/** Who is signed in, and where. */
export const signedInReply = z.object({ user, session }).meta({ id: 'SignedIn' });
