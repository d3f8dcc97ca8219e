import { email, line, newPassword, presentPassword } from '@mainstay/service/requests';
import { z } from 'zod';

const sessionOrigin = z.strictObject({ id: z.uuid(), ip: z.string().max(64), userAgent: z.string().max(512) });

export const registration = z.strictObject({ email, password: newPassword, displayName: line(80) });
export const credentials = z.strictObject({ email, password: presentPassword });
export const passwordChange = z.strictObject({ currentPassword: presentPassword, newPassword });

/** The gateway sends the user's input, and the data of the session that the gateway will open. */
export const internalRegistration = registration.extend({ session: sessionOrigin });
export const internalSignIn = credentials.extend({ session: sessionOrigin });
export const internalPasswordCheck = z.strictObject({ password: presentPassword });

export const internalNewPasswordCheck = z.strictObject({ password: newPassword });

export const user = z
  .object({
    id: z.uuid(),
    email: z.string(),
    displayName: z.string(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'User' });
