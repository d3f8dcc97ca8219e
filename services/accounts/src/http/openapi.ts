import { refusalReplies } from '@mainstay/errors';
import { idempotencyKey, json, keyedReply, location } from '@mainstay/service/requests';
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
import { statementPaths } from './statement-openapi.js'; // fork:remove statements
import { transfer, transferOrder, transferParams } from './transfer-schemas.js';
import { user } from './user-schemas.js';

const booked = keyedReply('Booked.', transfer);

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
  description: 'An account has one currency, which never changes. Its balance starts at zero.',
  tags: ['Accounts'],
  requestBody: { required: true, ...json(newAccount) },
  responses: { 201: { description: 'The new account. Its balance is zero.', ...json(account), headers: location } },
};

const getAccounts: ZodOpenApiOperationObject = {
  operationId: 'listAccounts',
  summary: 'My accounts',
  description: 'Lists my accounts, the oldest first.',
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
    "Pays into one of my accounts from the currency's world account. It demonstrates money from outside the platform.",
  tags: ['Transfers'],
  requestParams: { path: accountParams, header: idempotencyKey },
  requestBody: { required: true, ...json(deposit) },
  responses: { 201: booked, ...refusalReplies('not_found', 'balance_limit') },
};

const getEntries: ZodOpenApiOperationObject = {
  operationId: 'listEntries',
  summary: 'Entries of an account',
  description: 'Lists the entries of one of my accounts, the highest `sequence` first.',
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
    201: booked,
    ...refusalReplies('not_found', 'currency_mismatch', 'insufficient_funds', 'balance_limit'),
  },
};

const getTransfer: ZodOpenApiOperationObject = {
  operationId: 'getTransfer',
  summary: 'A transfer from or to one of my accounts',
  description: 'The transfer and both entries. Only entries of my own accounts have `balanceAfter`.',
  tags: ['Transfers'],
  requestParams: { path: transferParams },
  responses: { 200: { description: 'The transfer.', ...json(transfer) }, ...refusalReplies('not_found') },
};

/** The public paths of this service. The build merges the paths of all services. */
export const paths: ZodOpenApiPathsObject = {
  '/v1/users/me': { get: getMe },
  '/v1/accounts': { post: postAccount, get: getAccounts },
  '/v1/accounts/{accountId}': { get: getAccount },
  '/v1/accounts/{accountId}/deposits': { post: postDeposit },
  '/v1/accounts/{accountId}/entries': { get: getEntries },
  ...statementPaths, // fork:remove statements
  '/v1/transfers': { post: postTransfer },
  '/v1/transfers/{transferId}': { get: getTransfer },
};
