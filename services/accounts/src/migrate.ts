import { ConfigError, loadConfig } from '@mainstay/config';
import { migrationConfigSchema } from './config.js';
import { migrate } from './postgres/migrate.js';

/** `node dist/migrate.js`: brings the schema up to this build. Exit code 1 and one sentence when it cannot. */
try {
  const { databaseUrl, databaseOwnerUrl } = loadConfig({ service: 'accounts', schema: migrationConfigSchema });
  await migrate({
    ownerUrl: (databaseOwnerUrl ?? databaseUrl).reveal(),
    serviceUrl: databaseUrl.reveal(),
    report: (line) => console.log(line),
  });
  console.log('the schema is up to date');
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  console.error(error instanceof ConfigError ? message : `The migration failed: ${message}`);
  process.exitCode = 1;
}
