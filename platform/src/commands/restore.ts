/**
 * npm run restore -- --from DIR [--at 2026-01-31T12:00:00Z]: puts the embedded PostgreSQL back, while the platform is stopped. docs/backup.md
 *
 * With --into PGDATA it lays the backup out for a PostgreSQL of your own instead, which recovers when you start it.
 */
import { parseArgs } from 'node:util';
import { readSettings } from '../settings.ts';
import { claimDataDirectory } from '../start/data-directory.ts';
import { takeLock } from '../start/lock.ts';
import { Refusal, progress, runCommand } from '../terminal.ts';

await runCommand(async () => {
  const { layOut, restoreEmbedded } = await import('../backup/restore.ts');
  const { values } = parseArgs({
    options: { from: { type: 'string' }, at: { type: 'string' }, into: { type: 'string' } },
  });
  if (!values.from) throw new Refusal('Say where from: npm run restore -- --from DIR [--at TIME]');
  const at = values.at === undefined ? undefined : new Date(values.at);
  if (at && Number.isNaN(at.getTime())) throw new Refusal(`${values.at} is no time such as 2026-01-31T12:00:00Z.`);
  if (values.into) {
    const base = await layOut({ from: values.from, into: values.into, at });
    return progress(
      `${base} lies in ${values.into}. Give it to PostgreSQL's user (mode 0700) and start that server: it recovers by itself.`,
    );
  }
  const { dataDirectory } = readSettings();
  await claimDataDirectory(dataDirectory);
  const lock = await takeLock(dataDirectory, 'npm run restore');
  try {
    const { base, former } = await restoreEmbedded({ dataDirectory, from: values.from, at });
    progress(
      `Restored from ${base}.${former ? ` The former data are kept in ${former}.` : ''} Start the platform as ever.`,
    );
  } finally {
    await lock.release();
  }
});
