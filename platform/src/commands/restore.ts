/** npm run restore -- --from DIR [--at 2026-01-31T12:00:00Z]: puts the embedded PostgreSQL back, while the platform is stopped. docs/backup.md */
import { parseArgs } from 'node:util';
import { readSettings } from '../settings.ts';
import { claimDataDirectory } from '../start/data-directory.ts';
import { takeLock } from '../start/lock.ts';
import { Refusal, progress, runCommand } from '../terminal.ts';

await runCommand(async () => {
  const { restoreEmbedded } = await import('../backup/restore.ts');
  const { values } = parseArgs({ options: { from: { type: 'string' }, at: { type: 'string' } } });
  if (!values.from) throw new Refusal('Say where from: npm run restore -- --from DIR [--at TIME]');
  const at = values.at === undefined ? undefined : new Date(values.at);
  if (at && Number.isNaN(at.getTime())) throw new Refusal(`${values.at} is no time such as 2026-01-31T12:00:00Z.`);
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
