import { requireIdentity, type IdentityVerifier } from '@mainstay/identity';
import { requestContext, requestLog, type Log, type RequestTracer } from '@mainstay/logging';
import type { Metrics } from '@mainstay/metrics';
import { jsonBody, type Cursors } from '@mainstay/service/requests';
import {
  createExpress,
  createSecurityLog,
  nameCaller,
  problemReplies,
  reportIdentityRefusals,
  requestDeadline,
} from '@mainstay/service';
import type { Express } from 'express';
import type { Config } from './config.js';
import type { Accounts } from './domain/account.js';
import type { Ledger } from './domain/ledger.js';
import type { CommonPasswords } from './domain/password-rule.js';
import type { Passwords, Users } from './domain/user.js';
import { accountRoutes } from './http/account-routes.js';
import { statementRoutes, type Statements } from './http/statement-routes.js'; // fork:remove statements
import { transferRoutes } from './http/transfer-routes.js';
import { userRoutes } from './http/user-routes.js';

export interface AppDependencies {
  config: Pick<Config, 'requestDeadlineMs' | 'demoDeposits' | 'bodyBytesMax'>;
  log: Log;
  metrics: Metrics;
  /** Without a tracer, requests have no spans. */
  tracing?: RequestTracer;
  users: Users;
  passwords: Passwords;
  commonPasswords: CommonPasswords;
  accounts: Accounts;
  ledger: Ledger;
  statements: Statements; // fork:remove statements
  cursors: Cursors;
  identityVerifier: IdentityVerifier;
}

/** The accounts service. A request passes the middleware in the order of these lines. */
export function createApp(deps: AppDependencies): Express {
  const app = createExpress();
  app.use(requestContext({ trust: 'internal', tracer: deps.tracing }));
  app.use(requestLog(deps.log), deps.metrics.requestMetrics());
  app.use(requestDeadline({ defaultMs: deps.config.requestDeadlineMs }));
  app.use(requireIdentity(deps.identityVerifier), nameCaller()); // so the routes below can call `caller(req)`
  app.use(jsonBody({ bytesMax: deps.config.bodyBytesMax }));
  app.use(userRoutes(deps));
  app.use(accountRoutes(deps));
  app.use(transferRoutes(deps));
  app.use(statementRoutes(deps)); // fork:remove statements
  app.use(reportIdentityRefusals(createSecurityLog(deps)), problemReplies(deps.log));
  return app;
}
