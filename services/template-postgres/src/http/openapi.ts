import { refusalReplies } from '@mainstay/errors';
import { idempotencyKey, json, keyedReply } from '@mainstay/service/requests';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { item, itemList, itemPage, itemParams, newItem } from './item-schemas.js';

const addItem: ZodOpenApiOperationObject = {
  operationId: 'addTemplateItem',
  summary: 'Add an item',
  description: 'Adds an item. Each of my items has a different name.',
  tags: ['Template'],
  requestParams: { header: idempotencyKey },
  requestBody: { required: true, ...json(newItem) },
  responses: { 201: keyedReply('The new item.', item) },
};

const listItems: ZodOpenApiOperationObject = {
  operationId: 'listTemplateItems',
  summary: 'My items',
  description: 'Lists my items, the oldest first.',
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
  '/v1/template': { post: addItem, get: listItems },
  '/v1/template/{itemId}': { get: getItem },
};
