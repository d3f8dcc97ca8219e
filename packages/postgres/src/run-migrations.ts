import { noArguments, runCommand } from '@mainstay/service';
import { limitServiceRole } from './limit-service-role.js';
import { migrate } from './migrate.js';
import type { Schema } from './schema.js';
import { migrationConfigSchema } from './settings.js';

/**
 * The command `dist/migrate.js` of a service, which applies the missing migrations. Reads its credentials from
 * `.env.<job>`, which no service reads.
 */
export function runMigrations(schema: Schema, { job }: { job: string }): Promise<void> {
  return runCommand(
    { service: schema.service, dotenvSuffix: job, configSchema: migrationConfigSchema, readOrder: noArguments },
    async ({ databaseUrl, databaseOwnerUrl, databaseStatementTimeoutMs }) => {
      await migrate({
        schema,
        ownerUrl: (databaseOwnerUrl ?? databaseUrl).reveal(),
        serviceUrl: databaseUrl.reveal(),
        report: (line) => console.log(line),
      });
      await limitServiceRole(databaseUrl, databaseStatementTimeoutMs);
      console.log('the schema is up to date');
    },
  );
}
