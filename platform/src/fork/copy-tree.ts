import { copyFileSync, mkdirSync } from 'node:fs';
import { lstat, mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { trackedFiles } from './rename.ts';

/** Copies a working tree into an empty folder, without the files that Git ignores. */
export async function copyTree(from: string, to: string): Promise<void> {
  const paths = await trackedFiles(from, { others: true });
  for (const folder of new Set(paths.map((path) => dirname(path)))) mkdirSync(join(to, folder), { recursive: true });
  for (const path of paths) copyFileSync(join(from, path), join(to, path));
}

/** Links the installed packages of `from`, and the copy's workspaces, into the copy. This is faster than `npm ci`. */
export async function linkModules(from: string, to: string): Promise<void> {
  const groups = ['packages', 'services'].map(async (group) =>
    (await readdir(join(to, group))).map((name) => `${group}/${name}`),
  );
  const folders = (await Promise.all(groups)).flat();
  const workspaces = [...folders, 'platform', 'proofs', 'e2e', 'monitoring'];
  const scopeOf = async (folder: string) =>
    (JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { name: string }).name.split('/')[0];
  const [scope, former] = [await scopeOf(join(to, 'platform')), await scopeOf(join(from, 'platform'))];
  await mkdir(join(to, 'node_modules', scope!), { recursive: true });
  for (const name of await readdir(join(from, 'node_modules'))) {
    if (name !== scope && name !== former && name !== '.cache')
      await symlink(join(from, 'node_modules', name), join(to, 'node_modules', name));
  }
  for (const folder of workspaces) {
    const manifest = await readFile(join(to, folder, 'package.json'), 'utf8').catch(() => undefined);
    if (manifest === undefined) continue;
    await symlink(join(to, folder), join(to, 'node_modules', (JSON.parse(manifest) as { name: string }).name));
    const own = join(from, folder, 'node_modules');
    if (await lstat(own).catch(() => undefined)) await symlink(own, join(to, folder, 'node_modules'));
  }
}
