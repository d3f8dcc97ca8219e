// @ts-check
/** The web interface as static files. */
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './root.mjs';
import { runProgram } from './run-program.mjs';
import { during } from './terminal.mjs';

const web = join(root, 'services/web');
/** Where the built page lies. */
export const webDirectory = join(web, 'dist');
/** Beside the build, which clears its own folder: what it was made of. */
const stamp = join(web, '.built-from');

/** Builds the page, unless the build that is there was made of just these files. */
export async function buildWeb() {
  const made = await digest();
  if ((await readFile(stamp, 'utf8').catch(() => '')) === made && (await isThere(join(webDirectory, 'index.html'))))
    return;
  await during('Building the web interface', () =>
    runProgram(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build', web, '--logLevel', 'warn'], {
      failure: 'The web interface could not be built',
    }),
  );
  await writeFile(stamp, made);
}

/** Of everything that the build reads: its sources, and the versions of what it is built with. */
async function digest() {
  const names = await readdir(web, { recursive: true, withFileTypes: true });
  const files = names
    .filter((entry) => entry.isFile() && !/\/(dist|node_modules)(\/|$)/.test(`${entry.parentPath}/`))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => file !== stamp && !/\.(test\.ts|md)$/.test(file));
  const hash = createHash('sha256');
  for (const file of [...files.sort(), join(root, 'package-lock.json')]) hash.update(file).update(await readFile(file));
  return hash.digest('hex');
}

/** @param {string} file */
function isThere(file) {
  return readFile(file).then(
    () => true,
    () => false,
  );
}
