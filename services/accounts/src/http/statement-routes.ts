import { pipeline } from 'node:stream/promises';
import { caller } from '@mainstay/identity';
import { paramsOf, periodOf, queryOf } from '@mainstay/requests';
import { Router } from 'express';
import type { AppDependencies } from '../app.js';
import { prepareStatement } from '../domain/prepare-statement.js';
import { accountParams, statementQuery } from './account-schemas.js';

const mediaTypes = { csv: 'text/csv; charset=utf-8', pdf: 'application/pdf' };

/** An account's statement as a file, rendered on a worker thread and streamed. */
export function statementRoutes({
  accounts,
  users,
  statements,
}: Pick<AppDependencies, 'accounts' | 'users' | 'statements'>): Router {
  const routes = Router();

  routes.get('/v1/accounts/:accountId/statement', async (req, res) => {
    const { accountId } = paramsOf(req, accountParams);
    const { format, ...asked } = queryOf(req, statementQuery);
    const statement = await prepareStatement({ accounts, users }, caller(req).userId, accountId, periodOf(asked));
    const aborted = new AbortController();
    res.once('close', () => aborted.abort());
    res.setMaxListeners(20); // pipeline() alone adds seven
    const document = await statements.render(statement, format, aborted.signal);
    const day = (date: Date) => date.toISOString().slice(0, 10);
    res.attachment(`statement-${day(statement.from)}-${day(statement.to)}.${format}`).type(mediaTypes[format]);
    await pipeline(document, res).catch(unlessClientLeft);
  });

  return routes;
}

/** A client that leaves in the middle is no failure of ours; a document that breaks off is, and cuts the connection. */
function unlessClientLeft(error: Error & { code?: string }): void {
  if (error.name !== 'AbortError' && error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
}
