import { refusalReplies } from '@mainstay/errors';
import { idempotencyKey, json, keyedReply } from '@mainstay/service/requests';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { item, itemList, itemPage, itemParams, newItem } from './item-schemas.js';

const addItem: ZodOpenApiOperationObject = {
  operationId: 'addTemplateItem',
  summary: 'Add an item',
  description: 'Names of a user are unique.',
  tags: ['Template'],
  requestParams: { header: idempotencyKey },
  requestBody: { required: true, ...json(newItem) },
  responses: { 201: keyedReply('Added.', item) },
};

const listItems: ZodOpenApiOperationObject = {
  operationId: 'listTemplateItems',
  summary: 'My items',
  description: 'Oldest first.',
  tags: ['Template'],
  requestParams: { query: itemList },
  responses: { 200: { description: 'A page of items.', ...json(itemPage) } },
};

const getItem: ZodOpenApiOperationObject = {
  operationId: 'getTemplateItem',
  summary: 'One of my items',
  description: 'An item of somebody else is answered as one that does not exist.',
  tags: ['Template'],
  requestParams: { path: itemParams },
  responses: { 200: { description: 'The item.', ...json(item) }, ...refusalReplies('not_found') },
};

/** The template service's part of the platform's OpenAPI document, from the schemas that validate. */
export const paths: ZodOpenApiPathsObject = {
  '/v1/template': { post: addItem, get: listItems },
  '/v1/template/{itemId}': { get: getItem },
};
