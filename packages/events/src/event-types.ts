import { z } from 'zod';

const id = z.uuid();
const currency = z.string().regex(/^[A-Z]{3}$/);
const amount = z.int().positive();

/** Every type of event. Both parties of a transfer see the same event, so its data contains no balance. */
export const eventTypes = {
  'user.registered': { version: 1, data: z.object({ sessionId: id.optional() }) },
  'user.signed_in': { version: 1, data: z.object({ sessionId: id, ip: z.string(), userAgent: z.string().nullable() }) },
  // A user gets at most one such event in 15 minutes.
  'user.sign_in_failed': { version: 1, data: z.object({ ip: z.string(), userAgent: z.string().nullable() }) },
  'user.signed_out': { version: 1, data: z.object({ sessionId: id }) },
  'user.password_changed': { version: 1, data: z.object({}) },
  'session.revoked': { version: 1, data: z.object({ sessionId: id }) },
  'account.opened': { version: 1, data: z.object({ accountId: id, name: z.string(), currency }) },
  'deposit.completed': { version: 1, data: z.object({ transferId: id, accountId: id, amount, currency }) },
  'transfer.completed': {
    version: 1,
    data: z.object({
      transferId: id,
      fromAccountId: id,
      toAccountId: id,
      amount,
      currency,
      memo: z.string().nullable(),
    }),
  },
  // Used by services/template-postgres.
  'template.item_added': { version: 1, data: z.object({ itemId: id, name: z.string() }) },
} as const satisfies Record<string, { version: number; data: z.ZodType }>;

export type EventType = keyof typeof eventTypes;
export type EventData<Type extends EventType> = z.infer<(typeof eventTypes)[Type]['data']>;

/** Whether this build has a schema for the type. Events of other types are stored unchanged. */
export function isKnownType(type: string): type is EventType {
  return Object.hasOwn(eventTypes, type);
}
