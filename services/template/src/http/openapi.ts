import { refusalReplies } from '@mainstay/errors';
import { json } from '@mainstay/service/requests';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { item, itemPage, itemParams } from './item-schemas.js';

const listItems: ZodOpenApiOperationObject = {
  operationId: 'listTemplateItems',
  summary: 'All items',
  description: 'Lists all items.',
  tags: ['Template'],
  responses: { 200: { description: 'A page with all items.', ...json(itemPage) } },
};

const getItem: ZodOpenApiOperationObject = {
  operationId: 'getTemplateItem',
  summary: 'One item',
  description: 'The item with this id.',
  tags: ['Template'],
  requestParams: { path: itemParams },
  responses: { 200: { description: 'The item.', ...json(item) }, ...refusalReplies('not_found') },
};

/** The public paths of this service. The build merges the paths of all services. */
export const paths: ZodOpenApiPathsObject = {
  '/v1/template': { get: listItems },
  '/v1/template/{itemId}': { get: getItem },
};
