import { cp, lstat, mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { trackedFiles } from './rename.ts';

/** Copies every file that git knows into an empty folder. */
export async function copyTree(from: string, to: string): Promise<void> {
  for (const path of await trackedFiles(from)) {
    await mkdir(dirname(join(to, path)), { recursive: true });
    await cp(join(from, path), join(to, path));
  }
}

/** Gives a copy the installed packages of `from`, and links to its own workspaces: as `npm ci` would, without its minute. */
export async function linkModules(from: string, to: string): Promise<void> {
  const places = ['packages', 'services'].flatMap((group) => group);
  const folders = (
    await Promise.all(places.map(async (group) => (await readdir(join(to, group))).map((name) => `${group}/${name}`)))
  ).flat();
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
