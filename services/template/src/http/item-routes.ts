import { noQuery, paramsOf, queryOf } from '@mainstay/service/requests';
import { createRouter } from '@mainstay/service';
import type { Router } from 'express';
import type { z } from 'zod';
import { findItem, type Items } from '../domain/item.js';
import { itemParams, type itemPage } from './item-schemas.js';

/** Every signed-in user can read all items. */
export function itemRoutes({ items }: { items: Items }): Router {
  const routes = createRouter();

  routes.get('/v1/template', async (req, res) => {
    queryOf(req, noQuery);
    const page: z.infer<typeof itemPage> = { items: [...(await items.list())], nextCursor: null };
    res.json(page);
  });

  routes.get('/v1/template/:itemId', async (req, res) => {
    const { itemId } = paramsOf(req, itemParams);
    queryOf(req, noQuery);
    res.json(await findItem({ items }, itemId));
  });

  return routes;
}
