import { refusalReplies } from '@mainstay/errors';
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
} from './account-schemas.js';
import { statementPaths } from './statement-openapi.js'; // feature: statements
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
        'A key that contains a comma needs quotes.',
      examples: ['7c9f2c5e-rent-march'],
    }),
});
const keyedReply = {
  description: 'Booked. `Idempotency-Replayed: true` marks a repeated reply.',
  ...json(transfer),
  headers: {
    ...location,
    'idempotency-replayed': { schema: { type: 'string' as const }, description: '`true` on a repeated reply.' },
  },
};

const getMe: ZodOpenApiOperationObject = {
  operationId: 'getMe',
  summary: 'My profile',
  description: 'The user who is signed in: e-mail, display name and the day of registration.',
  tags: ['Users'],
  responses: { 200: { description: 'The user who is signed in.', ...json(user) } },
};

const postAccount: ZodOpenApiOperationObject = {
  operationId: 'openAccount',
  summary: 'Open an account',
  description: 'An account holds one currency, which never changes. It is empty at first.',
  tags: ['Accounts'],
  requestBody: { required: true, ...json(newAccount) },
  responses: { 201: { description: 'Opened with a balance of zero.', ...json(account), headers: location } },
};

const getAccounts: ZodOpenApiOperationObject = {
  operationId: 'listAccounts',
  summary: 'My accounts',
  description: 'Oldest first.',
  tags: ['Accounts'],
  requestParams: { query: accountList },
  responses: { 200: { description: 'A page of accounts.', ...json(accountPage) } },
};

const getAccount: ZodOpenApiOperationObject = {
  operationId: 'getAccount',
  summary: 'One of my accounts',
  description: 'The account with its current balance. An account of another user gets 404, as if it did not exist.',
  tags: ['Accounts'],
  requestParams: { path: accountParams },
  responses: { 200: { description: 'The account.', ...json(account) }, ...refusalReplies('not_found') },
};

const postDeposit: ZodOpenApiOperationObject = {
  operationId: 'deposit',
  summary: 'Deposit',
  description:
    "Pays into one of my accounts from the currency's world account, as a demonstration of money from outside.",
  tags: ['Transfers'],
  requestParams: { path: accountParams, header: idempotencyKey },
  requestBody: { required: true, ...json(deposit) },
  responses: { 201: keyedReply, ...refusalReplies('not_found', 'balance_limit') },
};

const getEntries: ZodOpenApiOperationObject = {
  operationId: 'listEntries',
  summary: 'Entries of an account',
  description: 'Newest first, by `sequence`.',
  tags: ['Accounts'],
  requestParams: { path: accountParams, query: entryList },
  responses: { 200: { description: 'A page of entries.', ...json(entryPage) }, ...refusalReplies('not_found') },
};

const postTransfer: ZodOpenApiOperationObject = {
  operationId: 'transfer',
  summary: 'Transfer',
  description: 'Moves money out of one of my accounts into any account whose id I know, in the same currency.',
  tags: ['Transfers'],
  requestParams: { header: idempotencyKey },
  requestBody: { required: true, ...json(transferOrder) },
  responses: {
    201: keyedReply,
    ...refusalReplies('not_found', 'currency_mismatch', 'insufficient_funds', 'balance_limit'),
  },
};

const getTransfer: ZodOpenApiOperationObject = {
  operationId: 'getTransfer',
  summary: 'A transfer that I am a party to',
  description: 'With both entries. `balanceAfter` is shown only for entries of my own accounts.',
  tags: ['Transfers'],
  requestParams: { path: transferParams },
  responses: { 200: { description: 'The transfer.', ...json(transfer) }, ...refusalReplies('not_found') },
};

/** The public paths of this service, from the schemas that validate. The build merges them into one document. */
export const paths: ZodOpenApiPathsObject = {
  '/v1/users/me': { get: getMe },
  '/v1/accounts': { post: postAccount, get: getAccounts },
  '/v1/accounts/{accountId}': { get: getAccount },
  '/v1/accounts/{accountId}/deposits': { post: postDeposit },
  '/v1/accounts/{accountId}/entries': { get: getEntries },
  ...statementPaths, // feature: statements
  '/v1/transfers': { post: postTransfer },
  '/v1/transfers/{transferId}': { get: getTransfer },
};
