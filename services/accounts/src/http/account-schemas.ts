import { amount, id, line, pageOf, pageQuery } from '@mainstay/service/requests';
import { z } from 'zod';
import { isCurrency } from '../domain/currency.js';

const currency = z
  .string({ error: 'must be an ISO 4217 currency code' })
  .refine(isCurrency, { error: 'must be an ISO 4217 currency code such as EUR' })
  .meta({ description: 'ISO 4217.', examples: ['EUR'] });

/** An amount in a response, which can be negative or zero. */
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
    amount: minorUnits.meta({ description: 'Negative if money leaves the account, positive if money arrives.' }),
    sequence: z.int().meta({ description: 'Number of the entry in its account, in the order of booking: 1, 2, 3 …' }),
    balanceAfter: minorUnits.optional().meta({ description: "Only on entries of the caller's own accounts." }),
    memo: z.string().nullable(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Entry' });

export const accountPage = pageOf(account).meta({ id: 'AccountPage' });
export const entryPage = pageOf(entry).meta({ id: 'EntryPage' });
