import { caller } from '@mainstay/identity';
import { bodyOf, keyedRequest, noQuery, paramsOf, queryOf, sendStored } from '@mainstay/service/requests';
import { createRouter } from '@mainstay/service';
import type { Request, Router } from 'express';
import { findTransfer, postDeposit, postTransfer, type TransferOrder } from '../domain/post-transfer.js';
import type { Ledger } from '../domain/ledger.js';
import { accountParams, deposit } from './account-schemas.js';
import { renderTransfer, transferOrder, transferParams } from './transfer-schemas.js';

export interface TransferRoutesOptions {
  ledger: Ledger;
  config: { demoDeposits: boolean };
}

/** Transfers and deposits. A repeated POST gets the first response, byte for byte. */
export function transferRoutes({ ledger, config }: TransferRoutesOptions): Router {
  const routes = createRouter();

  routes.post('/v1/transfers', async (req, res) => {
    const { userId } = caller(req);
    queryOf(req, noQuery);
    const order = bodyOf(req, transferOrder);
    sendStored(res, await postTransfer({ ledger }, userId, keyedRequest(req, { body: asTyped(order, req) }), order));
  });

  if (config.demoDeposits) {
    routes.post('/v1/accounts/:accountId/deposits', async (req, res) => {
      const { userId } = caller(req);
      const params = paramsOf(req, accountParams);
      queryOf(req, noQuery);
      const body = bodyOf(req, deposit);
      const order = { toAccountId: params.accountId, amount: body.amount };
      sendStored(res, await postDeposit({ ledger }, userId, keyedRequest(req, { params, body }), order));
    });
  }

  routes.get('/v1/transfers/:transferId', async (req, res) => {
    const { transferId } = paramsOf(req, transferParams);
    queryOf(req, noQuery);
    const { userId } = caller(req);
    const transfer = await findTransfer({ ledger }, userId, transferId);
    res.type('application/json').send(renderTransfer(transfer, userId));
  });

  return routes;
}

/**
 * Returns the order for the fingerprint, the hash that shows whether a repeated key has the same request. During an
 * update, processes of release 0.1.0 and release 1.0.0 run at the same time, and must compute the same fingerprint for
 * a request. Release 0.1.0 trims the memo but does not normalize its Unicode, so this function does the same. After the
 * update, no process of release 0.1.0 runs. So remove this function in the release after 1.0.0.
 */
function asTyped(order: TransferOrder, req: Request): object {
  const { memo } = req.body as { memo?: string };
  return memo === undefined ? order : { ...order, memo: memo.trim() };
}
