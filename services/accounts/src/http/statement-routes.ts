import { pipeline } from 'node:stream/promises';
import { caller } from '@mainstay/identity';
import { paramsOf, periodOf, queryOf } from '@mainstay/service/requests';
import { createRouter } from '@mainstay/service';
import type { Router } from 'express';
import type { Accounts } from '../domain/account.js';
import { prepareStatement, type ReadStatement } from '../domain/prepare-statement.js';
import type { Users } from '../domain/user.js';
import { localTime } from '../statements/local-time.js';
import type { StatementRenderer } from '../statements/statement.js';
import { accountParams } from './account-schemas.js';
import { statementQuery } from './statement-schemas.js';

const mediaTypes = { csv: 'text/csv; charset=utf-8', pdf: 'application/pdf' };

export interface Statements {
  read: ReadStatement;
  renderer: StatementRenderer;
}

export interface StatementParts {
  accounts: Accounts;
  users: Users;
  statements: Statements;
}

/** A worker thread renders the statement, and the route streams it as a file. */
export function statementRoutes({ accounts, users, statements: { read, renderer } }: StatementParts): Router {
  const routes = createRouter();

  routes.get('/v1/accounts/:accountId/statement', async (req, res) => {
    const { accountId } = paramsOf(req, accountParams);
    const { format, timeZone, ...asked } = queryOf(req, statementQuery);
    const owner = caller(req).userId;
    const statement = await prepareStatement({ accounts, users, read }, owner, accountId, {
      ...periodOf(asked),
      timeZone,
    });
    const aborted = new AbortController();
    res.once('close', () => aborted.abort());
    try {
      const document = await renderer.render(statement, format, { owner, signal: aborted.signal });
      const day = (date: Date) => localTime(date, timeZone).slice(0, 10);
      res.attachment(`statement-${day(statement.from)}-${day(statement.to)}.${format}`).type(mediaTypes[format]);
      res.setMaxListeners(20); // pipeline() adds seven `close` listeners, and Node.js warns above ten
      await pipeline(document, res);
    } catch (error) {
      // A client that left is not an error. Any other error gets an error response, or closes the connection if the
      // response has begun. So the client notices the failure.
      if (!hasLeft(error)) throw error;
    }
  });

  return routes;
}

function hasLeft(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === 'AbortError' || ('code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE');
}
