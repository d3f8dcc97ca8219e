import { refusalReplies } from '@mainstay/errors';
import { json } from '@mainstay/service/requests';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { item, itemList, itemPage, itemParams, newItem } from './item-schemas.js';

const putItem: ZodOpenApiOperationObject = {
  operationId: 'putTemplateItem',
  summary: 'Add or replace an item',
  description: 'Adds the item, or replaces the item with this id. A repeated request changes nothing.',
  tags: ['Template'],
  requestParams: { path: itemParams },
  requestBody: { required: true, ...json(newItem) },
  responses: { 200: { description: 'The stored item.', ...json(item) }, ...refusalReplies('not_found') },
};

const listItems: ZodOpenApiOperationObject = {
  operationId: 'listTemplateItems',
  summary: 'My items',
  description: 'Lists my items, sorted by id.',
  tags: ['Template'],
  requestParams: { query: itemList },
  responses: { 200: { description: 'A page of items.', ...json(itemPage) } },
};

const getItem: ZodOpenApiOperationObject = {
  operationId: 'getTemplateItem',
  summary: 'One of my items',
  description: 'The item with this id. An item of another user gets 404.',
  tags: ['Template'],
  requestParams: { path: itemParams },
  responses: { 200: { description: 'The item.', ...json(item) }, ...refusalReplies('not_found') },
};

/** The public paths of this service. The build merges the paths of all services. */
export const paths: ZodOpenApiPathsObject = {
  '/v1/template': { get: listItems },
  '/v1/template/{itemId}': { put: putItem, get: getItem },
};
