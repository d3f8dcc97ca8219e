import { caller } from '@mainstay/identity';
import { bodyOf, noQuery, paramsOf, queryOf } from '@mainstay/requests';
import { createRouter } from '@mainstay/service';
import type { Router } from 'express';
import { findTransfer, postDeposit, postTransfer } from '../domain/post-transfer.js';
import type { Ledger } from '../domain/ledger.js';
import { accountParams, deposit } from './account-schemas.js';
import { keyedRequest, sendStored } from './idempotency-key.js';
import { transferOrder, transferParams } from './transfer-schemas.js';

/** Money that moves. Every POST is keyed: a repeated one gets the first reply, byte for byte. */
export function transferRoutes({ ledger }: { ledger: Ledger }): Router {
  const routes = createRouter();

  routes.post('/v1/transfers', async (req, res) => {
    const { userId } = caller(req);
    queryOf(req, noQuery);
    const order = bodyOf(req, transferOrder);
    sendStored(res, await postTransfer({ ledger }, userId, keyedRequest(req, { body: order }), order));
  });

  routes.post('/v1/accounts/:accountId/deposits', async (req, res) => {
    const { userId } = caller(req);
    const params = paramsOf(req, accountParams);
    queryOf(req, noQuery);
    const body = bodyOf(req, deposit);
    const order = { toAccountId: params.accountId, amount: body.amount };
    sendStored(res, await postDeposit({ ledger }, userId, keyedRequest(req, { params, body }), order));
  });

  routes.get('/v1/transfers/:transferId', async (req, res) => {
    const { transferId } = paramsOf(req, transferParams);
    queryOf(req, noQuery);
    res.type('application/json').send(await findTransfer({ ledger }, caller(req).userId, transferId));
  });

  return routes;
}
