import { refusalReplies } from '@mainstay/errors';
import { json } from '@mainstay/service/requests';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { item, itemList, itemPage, itemParams, newItem } from './item-schemas.js';

const putItem: ZodOpenApiOperationObject = {
  operationId: 'putTemplateItem',
  summary: 'Add or replace an item',
  description: 'A repetition changes nothing.',
  tags: ['Template'],
  requestParams: { path: itemParams },
  requestBody: { required: true, ...json(newItem) },
  responses: { 200: { description: 'The item as it is now.', ...json(item) }, ...refusalReplies('not_found') },
};

const listItems: ZodOpenApiOperationObject = {
  operationId: 'listTemplateItems',
  summary: 'My items',
  description: 'In the order of their ids.',
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
  '/v1/template': { get: listItems },
  '/v1/template/{itemId}': { put: putItem, get: getItem },
};
