import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { makeOwnFolder, removeOwnFolder } from '../own-folder.ts';
import { freePort } from '../processes/ports.ts';
import { recordedProcess } from '../processes/processes.ts';
import { postgresDataDirectory, startPostgres, type EmbeddedPostgres } from '../stores/postgres.ts';
import { backUpEmbedded } from './back-up.ts';
import { restoreEmbedded } from './restore.ts';

let directory: string;
let data: string;
let backups: string;
let postgres: EmbeddedPostgres;

beforeAll(async () => {
  directory = await makeOwnFolder(join(process.env.TEST_STORES_DIRECTORY ?? tmpdir(), 'restore-'), 'a test');
  backups = join(directory, 'backups');
  await mkdir(join(directory, 'logs'));
  data = await postgresDataDirectory(directory);
  const place = { directory, portSetting: 'port', throwaway: false, signal: undefined, progress: () => undefined };
  postgres = await startPostgres({ ...place, port: await freePort() });
  await writeFile(join(directory, 'stores.env'), `DATABASE_URL=${postgres.url}\n`);
  await tell(`CREATE TABLE kept (id int)`);
  await backUpEmbedded({ dataDirectory: directory, to: backups });
  await postgres.process.stop();
}, 60_000);
afterAll(async () => {
  await postgres.process.stop();
  await removeOwnFolder(directory);
});

async function tell(statement: string) {
  const client = new pg.Client({ connectionString: postgres.ownerUrl });
  await client.connect();
  try {
    return (await client.query<{ count: number }>(statement)).rows;
  } finally {
    await client.end();
  }
}

const restoring = async () => (await readdir(directory)).filter((name) => /\.(restore|before-restore)-/.test(name));

it('leaves the data in place when the point cannot be reached', async () => {
  const { ino } = await stat(data);
  const never = { dataDirectory: directory, from: backups, at: new Date('2100-01-01') };
  await expect(restoreEmbedded(never)).rejects.toThrow('PostgreSQL (recovery)');
  expect((await stat(data)).ino).toBe(ino);
  expect(await restoring()).toEqual([]);
}, 60_000);

it('leaves the data in place when it is killed, and the next restore stops its leftovers', async () => {
  const { ino } = await stat(data);
  // The recovery requests this file from the archive first, and waits for it for ever.
  const never = join(backups, 'wal', '00000002.history');
  execFileSync('mkfifo', [never]);
  await chmod(never, 0o666);
  const program = JSON.stringify(new URL('restore.ts', import.meta.url).href);
  const code = `import(${program}).then(({ restoreEmbedded }) => restoreEmbedded({ dataDirectory: process.argv[1], from: process.argv[2] }))`;
  const restore = spawn(process.execPath, ['-e', code, directory, backups], { stdio: 'ignore' });
  const record = join(directory, 'postgres-recovery.pid');
  while ((await recordedProcess(record)) === undefined) {
    expect(restore.exitCode).toBeNull();
    await delay(20);
  }
  restore.kill('SIGKILL');
  await once(restore, 'exit');
  expect((await stat(data)).ino).toBe(ino);
  await rm(never);

  const { former } = await restoreEmbedded({ dataDirectory: directory, from: backups });
  expect(await restoring()).toEqual([former?.slice(directory.length + 1)]);
  expect((await stat(former ?? '')).ino).toBe(ino);
  await postgres.process.restart();
  expect(await tell('SELECT count(*)::int AS count FROM kept')).toEqual([{ count: 0 }]);
}, 60_000);
