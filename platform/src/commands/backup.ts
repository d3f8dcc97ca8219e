/**
 * npm run backup -- --to DIR: a base backup of PostgreSQL, while it runs, and from then on its WAL in DIR/wal. docs/backup.md
 *
 * The embedded server needs nothing else. Where DATABASE_URL names another one, pg_basebackup must be on PATH, and BACKUP_DATABASE_URL name a role that
 * may replicate.
 */
import { parseArgs } from 'node:util';
import { readSettings } from '../settings.ts';
import { Refusal, progress, runCommand } from '../terminal.ts';

await runCommand(async () => {
  const { backUpEmbedded, backUpServer } = await import('../backup/back-up.ts');
  const { values } = parseArgs({ options: { to: { type: 'string' } } });
  if (!values.to) throw new Refusal('Say where to: npm run backup -- --to DIR');
  const { dataDirectory, given, find } = readSettings();
  const url = find('BACKUP_DATABASE_URL') ?? given.databaseOwnerUrl ?? given.databaseUrl;
  const place = url
    ? await backUpServer({ url, to: values.to })
    : await backUpEmbedded({ dataDirectory, to: values.to });
  progress(`Backed up to ${place}`);
});
