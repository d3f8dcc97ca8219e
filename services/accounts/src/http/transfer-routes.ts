import { caller } from '@mainstay/identity';
import { bodyOf, paramsOf } from '@mainstay/requests';
import { Router } from 'express';
import { findTransfer, postDeposit, postTransfer } from '../domain/post-transfer.js';
import type { Ledger } from '../domain/ledger.js';
import { accountParams, deposit } from './account-schemas.js';
import { keyedRequest, sendStored } from './idempotency-key.js';
import { transferOrder, transferParams } from './transfer-schemas.js';

/** Money that moves. Every POST is keyed: a repeated one gets the first reply, byte for byte. */
export function transferRoutes({ ledger }: { ledger: Ledger }): Router {
  const routes = Router();

  routes.post('/v1/transfers', async (req, res) => {
    const { userId } = caller(req);
    const order = bodyOf(req, transferOrder);
    sendStored(res, await postTransfer({ ledger }, userId, keyedRequest(req, order), order));
  });

  routes.post('/v1/accounts/:accountId/deposits', async (req, res) => {
    const { userId } = caller(req);
    const { accountId: toAccountId } = paramsOf(req, accountParams);
    const { amount } = bodyOf(req, deposit);
    sendStored(res, await postDeposit({ ledger }, userId, keyedRequest(req, { amount }), { toAccountId, amount }));
  });

  routes.get('/v1/transfers/:transferId', async (req, res) => {
    const { transferId } = paramsOf(req, transferParams);
    res.type('application/json').send(await findTransfer({ ledger }, caller(req).userId, transferId));
  });

  return routes;
}
