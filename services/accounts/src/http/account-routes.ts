import { caller } from '@mainstay/identity';
import { bodyOf, cutPage, noQuery, paramsOf, positionOf, queryOf, type Cursors } from '@mainstay/service/requests';
import { createRouter } from '@mainstay/service';
import type { Router } from 'express';
import { z } from 'zod';
import { findAccount, openAccount, type Accounts } from '../domain/account.js';
import { accountList, accountParams, entryList, newAccount } from './account-schemas.js';

export function accountRoutes({ accounts, cursors }: { accounts: Accounts; cursors: Cursors }): Router {
  const routes = createRouter();

  routes.post('/v1/accounts', async (req, res) => {
    queryOf(req, noQuery);
    const account = await openAccount({ accounts }, caller(req).userId, bodyOf(req, newAccount));
    res.status(201).location(`/v1/accounts/${account.id}`).json(account);
  });

  routes.get('/v1/accounts', async (req, res) => {
    const { userId } = caller(req);
    const { limit, cursor } = queryOf(req, accountList);
    const list = `accounts:${userId}`;
    const afterId = positionOf(cursors, list, cursor, z.string());
    const items = await accounts.list(userId, { afterId, limit: limit + 1 });
    res.json(cutPage(items, limit, ({ id }) => cursors.encode(list, id)));
  });

  routes.get('/v1/accounts/:accountId', async (req, res) => {
    const { accountId } = paramsOf(req, accountParams);
    queryOf(req, noQuery);
    res.json(await findAccount({ accounts }, caller(req).userId, accountId));
  });

  routes.get('/v1/accounts/:accountId/entries', async (req, res) => {
    const { accountId } = paramsOf(req, accountParams);
    const { limit, cursor } = queryOf(req, entryList);
    await findAccount({ accounts }, caller(req).userId, accountId);
    const list = `entries:${accountId}`;
    const beforeSequence = positionOf(cursors, list, cursor, z.int());
    const items = await accounts.entries(accountId, { beforeSequence, limit: limit + 1 });
    res.json(cutPage(items, limit, ({ sequence }) => cursors.encode(list, sequence)));
  });

  return routes;
}
