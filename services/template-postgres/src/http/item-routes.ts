import { caller } from '@mainstay/identity';
import {
  bodyOf,
  cutPage,
  keyedRequest,
  noQuery,
  paramsOf,
  positionOf,
  queryOf,
  sendStored,
  type Cursors,
} from '@mainstay/service/requests';
import { createRouter } from '@mainstay/service';
import type { Router } from 'express';
import { z } from 'zod';
import { findItem, type Items } from '../domain/item.js';
import { itemList, itemParams, newItem } from './item-schemas.js';

/** The POST needs an idempotency key. A repeated POST gets the first response, byte for byte. */
export function itemRoutes({ items, cursors }: { items: Items; cursors: Cursors }): Router {
  const routes = createRouter();

  routes.post('/v1/template', async (req, res) => {
    queryOf(req, noQuery);
    const body = bodyOf(req, newItem);
    sendStored(res, await items.add(caller(req).userId, keyedRequest(req, { body }), body));
  });

  routes.get('/v1/template', async (req, res) => {
    const { userId } = caller(req);
    const { limit, cursor } = queryOf(req, itemList);
    const list = `items:${userId}`;
    const afterId = positionOf(cursors, list, cursor, z.string());
    const found = await items.list(userId, { afterId, limit: limit + 1 });
    res.json(cutPage(found, limit, ({ id }) => cursors.encode(list, id)));
  });

  routes.get('/v1/template/:itemId', async (req, res) => {
    const { itemId } = paramsOf(req, itemParams);
    queryOf(req, noQuery);
    res.json(await findItem({ items }, caller(req).userId, itemId));
  });

  return routes;
}
