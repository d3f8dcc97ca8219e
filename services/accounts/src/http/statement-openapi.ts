import { refusalReplies } from '@mainstay/errors';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { accountParams } from './account-schemas.js';
import { statementQuery } from './statement-schemas.js';

const getStatement: ZodOpenApiOperationObject = {
  operationId: 'getStatement',
  summary: 'Statement of an account',
  description: 'A file with the entries of a period. The PDF also shows the opening and the closing balance.',
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

export const statementPaths: ZodOpenApiPathsObject = {
  '/v1/accounts/{accountId}/statement': { get: getStatement },
};
