import { amount, id, line } from '@mainstay/service/requests';
import { z } from 'zod';
import type { BookedEntry, Transfer } from '../domain/transfer.js';
import { entry } from './account-schemas.js';

export const transferParams = z.object({ transferId: id });
export const transferOrder = z.strictObject({
  fromAccountId: id,
  toAccountId: id,
  amount,
  memo: line(140).optional(),
});

export const transfer = z
  .object({
    id,
    fromAccountId: id,
    toAccountId: id,
    amount,
    currency: z.string(),
    memo: z.string().nullable(),
    createdAt: z.iso.datetime(),
    entries: z.tuple([entry, entry]).meta({
      // zod writes `items: false`, which some linters and code generators reject.
      override: ({ jsonSchema }) => {
        jsonSchema.items = jsonSchema.prefixItems?.[0];
      },
    }),
  })
  .meta({ id: 'Transfer' });

/** Returns the transfer as JSON text for the caller. Only entries of the caller's own accounts have `balanceAfter`. */
export function renderTransfer(posted: Transfer, callerId: string): string {
  const entryOf = ({ ownerId, balanceAfter, ...booked }: BookedEntry) => ({
    ...booked,
    transferId: posted.id,
    ...(ownerId === callerId && { balanceAfter: Number(balanceAfter) }),
    memo: posted.memo,
    createdAt: posted.createdAt.toISOString(),
  });
  const [outgoing, incoming] = posted.entries;
  const document = {
    ...posted,
    createdAt: posted.createdAt.toISOString(),
    entries: [entryOf(outgoing), entryOf(incoming)],
  };
  return JSON.stringify(transfer.parse(document));
}
