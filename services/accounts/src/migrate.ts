import { noArguments, runCommand } from '@mainstay/service';
import { migrationConfigSchema } from './config.js';
import { limitServiceRole } from './postgres/limit-service-role.js';
import { migrate } from './postgres/migrate.js';

/** `node dist/migrate.js`: brings the schema up to this build. Prints one sentence and exits with 1 if it fails. */
await runCommand(
  { service: 'accounts', dotenvSuffix: 'migrate', configSchema: migrationConfigSchema, readOrder: noArguments },
  async ({ databaseUrl, databaseOwnerUrl, databaseStatementTimeoutMs }) => {
    await migrate({
      ownerUrl: (databaseOwnerUrl ?? databaseUrl).reveal(),
      serviceUrl: databaseUrl.reveal(),
      report: (line) => console.log(line),
    });
    await limitServiceRole(databaseUrl, databaseStatementTimeoutMs);
    console.log('the schema is up to date');
  },
);
