import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import {
  account,
  accountList,
  accountPage,
  accountParams,
  deposit,
  entryList,
  entryPage,
  newAccount,
  statementQuery,
} from './account-schemas.js';
import { transfer, transferOrder, transferParams } from './transfer-schemas.js';
import { user } from './user-schemas.js';

const json = <Schema extends z.ZodType>(schema: Schema) => ({ content: { 'application/json': { schema } } });
const location = { location: { schema: { type: 'string' as const }, description: 'Where the new resource is.' } };

const idempotencyKey = z.object({
  'Idempotency-Key': z
    .string()
    .min(1)
    .max(255)
    .meta({
      description:
        'Names your intent. A repeated request with the same key has no second effect: it gets the first reply again, byte for byte. ' +
        'One with a comma in it needs quotes.',
      examples: ['7c9f2c5e-rent-march'],
    }),
});
const keyedReply = {
  description: 'Booked. `Idempotency-Replayed: true` marks the first reply given again.',
  ...json(transfer),
  headers: {
    ...location,
    'idempotency-replayed': { schema: { type: 'string' as const }, description: '`true` on a repeated reply.' },
  },
};

const getMe: ZodOpenApiOperationObject = {
  summary: 'My profile',
  tags: ['Users'],
  responses: { 200: { description: 'The user who is signed in.', ...json(user) } },
};

const postAccount: ZodOpenApiOperationObject = {
  summary: 'Open an account',
  tags: ['Accounts'],
  requestBody: { required: true, ...json(newAccount) },
  responses: { 201: { description: 'Opened, with nothing on it.', ...json(account), headers: location } },
};

const getAccounts: ZodOpenApiOperationObject = {
  summary: 'My accounts',
  description: 'Oldest first.',
  tags: ['Accounts'],
  requestParams: { query: accountList },
  responses: { 200: { description: 'A page of accounts.', ...json(accountPage) } },
};

const getAccount: ZodOpenApiOperationObject = {
  summary: 'One of my accounts',
  tags: ['Accounts'],
  requestParams: { path: accountParams },
  responses: { 200: { description: 'The account.', ...json(account) } },
};

const postDeposit: ZodOpenApiOperationObject = {
  summary: 'Deposit',
  description:
    "Pays into one of my accounts from the currency's world: the demonstration's stand-in for an inflow from outside.",
  tags: ['Transfers'],
  requestParams: { path: accountParams, header: idempotencyKey },
  requestBody: { required: true, ...json(deposit) },
  responses: { 201: keyedReply },
};

const getEntries: ZodOpenApiOperationObject = {
  summary: 'Entries of an account',
  description: 'Newest first, by `sequence`.',
  tags: ['Accounts'],
  requestParams: { path: accountParams, query: entryList },
  responses: { 200: { description: 'A page of entries.', ...json(entryPage) } },
};

const getStatement: ZodOpenApiOperationObject = {
  summary: 'Statement of an account',
  description: 'The entries of a period between its opening and its closing balance, as a file.',
  tags: ['Accounts'],
  requestParams: { path: accountParams, query: statementQuery },
  responses: {
    200: {
      description: 'The file. A connection that ends before the file does means that it is not whole.',
      content: {
        'text/csv': { schema: { type: 'string' } },
        'application/pdf': { schema: { type: 'string', format: 'binary' } },
      },
    },
  },
};

const postTransfer: ZodOpenApiOperationObject = {
  summary: 'Transfer',
  description: 'Moves money out of one of my accounts into any account whose id I know, in the same currency.',
  tags: ['Transfers'],
  requestParams: { header: idempotencyKey },
  requestBody: { required: true, ...json(transferOrder) },
  responses: { 201: keyedReply },
};

const getTransfer: ZodOpenApiOperationObject = {
  summary: 'A transfer that I am a party to',
  tags: ['Transfers'],
  requestParams: { path: transferParams },
  responses: { 200: { description: 'The transfer.', ...json(transfer) } },
};

/** The public paths that this service answers behind the gateway, from the schemas that validate. Merged into one document at build. */
export const paths: ZodOpenApiPathsObject = {
  '/v1/users/me': { get: getMe },
  '/v1/accounts': { post: postAccount, get: getAccounts },
  '/v1/accounts/{accountId}': { get: getAccount },
  '/v1/accounts/{accountId}/deposits': { post: postDeposit },
  '/v1/accounts/{accountId}/entries': { get: getEntries },
  '/v1/accounts/{accountId}/statement': { get: getStatement },
  '/v1/transfers': { post: postTransfer },
  '/v1/transfers/{transferId}': { get: getTransfer },
};
