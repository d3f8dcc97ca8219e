import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { Refusal } from '../terminal.ts';

/**
 * Returns the path of an example's patch, from the root.
 * @throws Refusal if there is no such example
 */
export function patchOf(root: string, example: string): string {
  const patch = join(example, 'changes.patch');
  if (!existsSync(join(root, patch))) throw new Refusal(`There is no example ${example}.`);
  return patch;
}

/**
 * Turns the new service `bookings` into the example docs/examples/bookings: deletes the template's item files, copies the
 * example's files, and applies the patch. `fork:add-service bookings --store postgres` must have added the service.
 * @returns the paths of the written files
 * @throws Refusal, before any change, that names the files that the patch does not fit
 */
export async function applyExample(root: string, example: string): Promise<string[]> {
  const name = basename(example);
  const patch = patchOf(root, example);
  const git = (...args: string[]) => promisify(execFile)('git', args, { cwd: root });
  // A fork can delete the folder proofs/. The patch then changes the other folders only.
  const apply = existsSync(join(root, 'proofs')) ? ['apply'] : ['apply', '--exclude=proofs/*'];
  await git(...apply, '--check', patch).catch((error: { stderr?: string }) => {
    const files = [...(error.stderr ?? '').matchAll(/^error: (?:patch failed: )?([^:\n]+):/gm)].map(([, file]) => file);
    throw new Refusal(
      `${patch} no longer fits ${[...new Set(files)].join(', ')}. ${example}/README.md says how to write it again.`,
    );
  });
  for (const path of await readdir(join(root, 'services', name), { recursive: true }))
    if (/(^|[-_])items?[.-]/.test(basename(path))) await rm(join(root, 'services', name, path));
  await cp(join(root, example, 'files'), root, { recursive: true });
  await git(...apply, patch);
  const { stdout } = await git(...apply, '--numstat', '-z', patch);
  const patched = stdout.split('\0').flatMap((line) => line.split('\t')[2] ?? []);
  const added = await readdir(join(root, example, 'files'), { recursive: true, withFileTypes: true });
  const paths = added.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return [...patched, ...paths.map((path) => path.slice(join(root, example, 'files').length + 1))];
}
