import { refusalReplies } from '@mainstay/errors';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { accountParams } from './account-schemas.js';
import { statementQuery } from './statement-schemas.js';

const getStatement: ZodOpenApiOperationObject = {
  operationId: 'getStatement',
  summary: 'Statement of an account',
  description: 'The entries of a period between its opening and its closing balance, as a file.',
  tags: ['Accounts'],
  requestParams: { path: accountParams, query: statementQuery },
  responses: {
    200: {
      description: 'The file. If the connection ends early, the file is incomplete.',
      content: {
        'text/csv': { schema: { type: 'string' } },
        'application/pdf': { schema: { type: 'string', format: 'binary' } },
      },
    },
    ...refusalReplies('not_found'),
  },
};

/** The public path of statements. */
export const statementPaths: ZodOpenApiPathsObject = {
  '/v1/accounts/{accountId}/statement': { get: getStatement },
};
