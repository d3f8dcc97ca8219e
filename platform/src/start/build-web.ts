import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../root.ts';
import { runProgram } from '../processes/run-program.ts';
import { during } from '../terminal.ts';

const web = join(root, 'services/web');
export const webDirectory = join(web, 'dist');
/** This file contains the digest of the built sources. It is outside of `dist`, because Vite empties `dist`. */
const stamp = join(web, '.built-from');

/** Builds the web interface if its sources or tools have changed. */
export async function buildWeb(): Promise<void> {
  const sources = await digest();
  const built = await readFile(stamp, 'utf8').catch(() => '');
  if (built === sources && existsSync(join(webDirectory, 'index.html'))) return;
  await during('Building the web interface', () =>
    runProgram(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build', web, '--logLevel', 'warn'], {
      failure: 'The web interface could not be built',
    }),
  );
  await writeFile(stamp, sources);
}

async function digest(): Promise<string> {
  const entries = await readdir(web, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && !/\/(dist|node_modules)(\/|$)/.test(`${entry.parentPath}/`))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => file !== stamp && !/\.(test\.ts|md)$/.test(file));
  const hash = createHash('sha256');
  for (const file of [...files.sort(), join(root, 'package-lock.json')]) hash.update(file).update(await readFile(file));
  return hash.digest('hex');
}
