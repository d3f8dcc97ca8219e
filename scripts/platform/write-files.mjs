// @ts-check
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { root } from './root.mjs';

/**
 * Writes generated files into the repository and names each on stdout.
 * @param {Iterable<readonly [path: string, text: string]>} files paths from the root
 */
export async function writeFiles(files) {
  for (const [path, text] of files) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
    console.log(path);
  }
}
