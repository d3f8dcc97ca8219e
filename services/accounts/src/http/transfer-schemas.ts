import { amount, id, line } from '@mainstay/requests';
import { z } from 'zod';
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
    entries: z.tuple([entry, entry]),
  })
  .meta({ id: 'Transfer' });
