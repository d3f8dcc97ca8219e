// @ts-check
/** Brings a fresh clone to where its code can run: packages installed, TypeScript built. Does nothing where that is done already. */
import { readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './root.mjs';
import { runProgram } from './run-program.mjs';
import { during } from './terminal.mjs';

/** Installs exactly what package-lock.json says, unless node_modules holds that already. */
export async function install() {
  if (await isInstalled()) return;
  const options = ['--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  await during('Installing packages (npm ci)', () =>
    runProgram('npm', ['ci', ...options], { failure: 'The packages could not be installed: npm ci failed' }),
  );
  await linkNode();
}

/** `npx pm2` finds the Node.js that bootstrap.mjs has brought; `npm ci` has just deleted the link. */
async function linkNode() {
  const node = process.env.MAINSTAY_NODE;
  if (node) await symlink(node, join(root, 'node_modules/.bin/node'));
}

/**
 * Compiles what changed since the last time.
 * @param {string} [project] one project with what it needs; all of them by default
 */
export async function build(project = '.') {
  const compiler = join(root, 'node_modules/@typescript/native/bin/tsc');
  await during('Building (tsc -b)', () =>
    runProgram(process.execPath, [compiler, '-b', project], { failure: 'The build failed' }),
  );
}

/**
 * Whether node_modules holds every package of the lock in its version. npm keeps its own list there, and writes it last.
 * @returns {Promise<boolean>}
 */
export async function isInstalled() {
  const [wanted, there] = await Promise.all([
    readLock('package-lock.json'),
    readLock('node_modules/.package-lock.json'),
  ]);
  return Object.entries(wanted).every(([path, { version, optional, devOptional, link }]) => {
    if (!path.includes('node_modules/') || optional || devOptional) return true;
    return link ? path in there : there[path]?.version === version;
  });
}

/** @typedef {Record<string, { version?: string, optional?: boolean, devOptional?: boolean, link?: boolean }>} LockedPackages */

/**
 * @param {string} file
 * @returns {Promise<LockedPackages>}
 */
async function readLock(file) {
  const text = await readFile(join(root, file), 'utf8').catch(() => '{}');
  return JSON.parse(text).packages ?? {};
}
