/** npm run backup -- --to DIR: a base backup of the embedded PostgreSQL, while it runs, and from then on its WAL in DIR/wal. docs/backup.md */
import { parseArgs } from 'node:util';
import { readSettings } from '../settings.ts';
import { Refusal, progress, runCommand } from '../terminal.ts';

await runCommand(async () => {
  const { backUpEmbedded } = await import('../backup/back-up.ts');
  const { values } = parseArgs({ options: { to: { type: 'string' } } });
  if (!values.to) throw new Refusal('Say where to: npm run backup -- --to DIR');
  const { dataDirectory, given } = readSettings();
  if (given.databaseUrl)
    throw new Refusal('DATABASE_URL names a PostgreSQL of your own. docs/backup.md lists the tools that back it up.');
  progress(`Backed up to ${await backUpEmbedded({ dataDirectory, to: values.to })}`);
});
