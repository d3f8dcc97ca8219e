import { execFile } from 'node:child_process';
import { appendFile, chown, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withPostgres } from './postgres.ts';

/** Files that a server creates when it starts. A copy of the cluster must not contain them. */
const OF_THE_SERVER = ['postmaster.pid', 'postmaster.opts'];

/** Copies a running cluster by PostgreSQL's low-level API, because the embedded PostgreSQL has no pg_basebackup. */
export async function takeBaseBackup(adminUrl: string, to: string): Promise<void> {
  await withPostgres(adminUrl, async (client) => {
    const { rows: place } = await client.query<{ data: string }>(
      `SELECT current_setting('data_directory') AS data FROM pg_backup_start('proof', fast => true)`,
    );
    await promisify(execFile)('cp', ['-a', place[0]?.data ?? '', to]);
    const { rows: stopped } = await client.query<{ labelfile: string }>(
      'SELECT labelfile FROM pg_backup_stop(wait_for_archive => false)',
    );
    await writeFile(join(to, 'backup_label'), stopped[0]?.labelfile ?? '');
    for (const name of OF_THE_SERVER) await rm(join(to, name), { force: true });
  });
}

/** Lets a copied cluster follow the primary (`standby`), or replay an archive and then be promoted (`recovery`). */
export async function beginAs(
  kind: 'standby' | 'recovery',
  cluster: string,
  settings: Record<string, string>,
): Promise<void> {
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'\n`);
  await appendFile(join(cluster, 'postgresql.auto.conf'), lines.join(''));
  await writeFile(join(cluster, `${kind}.signal`), '');
  const { uid, gid } = await stat(cluster); // the files get the owner of the other files of the cluster
  for (const name of ['backup_label', `${kind}.signal`]) await chown(join(cluster, name), uid, gid);
}
