import { line } from '@mainstay/requests';
import { z } from 'zod';

const email = z
  .string({ error: 'must be an e-mail address' })
  .trim()
  .toLowerCase()
  .max(254, { error: 'must have at most 254 characters' })
  .pipe(z.email({ error: 'must be an e-mail address' }))
  .meta({ description: 'Case does not matter; kept in lower case.', examples: ['ada@example.com'] });

/** Length is what makes a password strong; what it is made of is nobody's business. Spaces at its ends belong to it. */
const newPassword = z
  .string({ error: 'must be a text' })
  .min(10, { error: 'must have at least 10 characters' })
  .max(128, { error: 'must have at most 128 characters' });

/** A password to be compared, not chosen: whatever is over the limit cannot be right, and must not be hashed. */
const presentPassword = z
  .string({ error: 'must be a text' })
  .min(1, { error: 'must not be empty' })
  .max(128, { error: 'must have at most 128 characters' });

const sessionOrigin = z.strictObject({ id: z.uuid(), ip: z.string().max(64), userAgent: z.string().max(512) });

export const registration = z.strictObject({ email, password: newPassword, displayName: line(80) });
export const credentials = z.strictObject({ email, password: presentPassword });
export const passwordChange = z.strictObject({ currentPassword: presentPassword, newPassword });

/** What the gateway sends on: the person's words, and the session that it will open. */
export const internalRegistration = registration.extend({ session: sessionOrigin });
export const internalSignIn = credentials.extend({ session: sessionOrigin });
export const internalPasswordCheck = z.strictObject({ password: presentPassword });

export const user = z
  .object({
    id: z.uuid(),
    email: z.string(),
    displayName: z.string(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'User' });
