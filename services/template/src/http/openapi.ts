import { refusalReplies } from '@mainstay/errors';
import { json } from '@mainstay/service/requests';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { item, itemPage, itemParams } from './item-schemas.js';

const listItems: ZodOpenApiOperationObject = {
  operationId: 'listTemplateItems',
  summary: 'All items',
  description: 'Every item, in its order.',
  tags: ['Template'],
  responses: { 200: { description: 'All of them.', ...json(itemPage) } },
};

const getItem: ZodOpenApiOperationObject = {
  operationId: 'getTemplateItem',
  summary: 'One item',
  description: 'The item of an id.',
  tags: ['Template'],
  requestParams: { path: itemParams },
  responses: { 200: { description: 'The item.', ...json(item) }, ...refusalReplies('not_found') },
};

/** The template service's part of the platform's OpenAPI document, from the schemas that validate. */
export const paths: ZodOpenApiPathsObject = {
  '/v1/template': { get: listItems },
  '/v1/template/{itemId}': { get: getItem },
};
