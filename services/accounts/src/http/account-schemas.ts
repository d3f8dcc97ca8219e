import { amount, id, line, pageOf, pageQuery } from '@mainstay/service/requests';
import { z } from 'zod';
import { isCurrency } from '../domain/currency.js';

const currency = z
  .string({ error: 'must be an ISO 4217 currency code' })
  .refine(isCurrency, { error: 'must be an ISO 4217 currency code such as EUR' })
  .meta({ description: 'ISO 4217.', examples: ['EUR'] });

/** Signed minor units in responses: any amount. */
const minorUnits = z.int().meta({ description: 'Minor units of the currency.' });

export const accountParams = z.object({ accountId: id });
export const newAccount = z.strictObject({ name: line(80), currency });
export const accountList = z.strictObject(pageQuery);
export const entryList = z.strictObject(pageQuery);
export const deposit = z.strictObject({ amount });

export const account = z
  .object({ id, name: z.string(), currency: z.string(), balance: minorUnits, createdAt: z.iso.datetime() })
  .meta({ id: 'Account' });

export const entry = z
  .object({
    id,
    accountId: id,
    transferId: id,
    amount: minorUnits.meta({ description: 'Signed: negative out of the account, positive into it.' }),
    sequence: z.int().meta({ description: '1, 2, 3 … per account, in the order of booking.' }),
    balanceAfter: minorUnits.optional().meta({ description: "Only on entries of the caller's own accounts." }),
    memo: z.string().nullable(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Entry' });

export const accountPage = pageOf(account).meta({ id: 'AccountPage' });
export const entryPage = pageOf(entry).meta({ id: 'EntryPage' });
