/** Prepares a fresh clone to run its code: packages installed, TypeScript compiled. Does nothing if that is done. */
import { existsSync } from 'node:fs';
import { readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../root.ts';
import { runProgram } from '../processes/run-program.ts';
import { during } from '../terminal.ts';

/** The compiler, as `node` runs it. */
export const compiler = join(root, 'node_modules/@typescript/native/bin/tsc');

/** Installs exactly what package-lock.json names, unless node_modules holds it. */
export async function install(): Promise<void> {
  if (await isInstalled()) return;
  const options = ['--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  await during('Installing packages (npm ci)', () =>
    runProgram('npm', ['ci', ...options], { failure: 'The packages could not be installed: npm ci failed' }),
  );
  await linkNode();
}

/** `npx pm2` finds the Node.js that bootstrap.mjs has installed; `npm ci` has just deleted the link. */
async function linkNode(): Promise<void> {
  const node = process.env.MAINSTAY_NODE;
  if (node) await symlink(node, join(root, 'node_modules/.bin/node'));
}

/** Compiles what has changed, in all projects or in the named ones. */
export async function build(...projects: string[]): Promise<void> {
  await during('Compiling (tsc -b)', () =>
    runProgram(process.execPath, [compiler, '-b', ...projects], { failure: 'The build failed' }),
  );
}

/** Makes a file of a build exist. A deployed release has it, and must not be installed or compiled again. */
export async function ensureBuilt(file: string, project: string): Promise<void> {
  if (existsSync(join(root, file))) return;
  await install();
  await build(project);
}

/**
 * Whether node_modules holds every package of the lock file in its version. npm writes its own list there at the end of an installation.
 * Where a workspace was deleted, such as proofs/, packages that only it needs are not installed: then every installed package must have its version.
 */
export async function isInstalled(): Promise<boolean> {
  const [wanted, found] = await Promise.all([
    readLock('package-lock.json'),
    readLock('node_modules/.package-lock.json'),
  ]);
  if (Object.keys(found).length === 0) return false;
  const links = Object.values(wanted).filter((locked) => locked?.link);
  const isPartial = links.some((locked) => !existsSync(join(root, locked?.resolved ?? '')));
  return Object.entries(isPartial ? found : wanted).every(([path]) => {
    const { version, optional, devOptional, link, resolved } = wanted[path] ?? {};
    if (!path.includes('node_modules/') || optional || devOptional) return true;
    if (link) return path in found || !existsSync(join(root, resolved ?? ''));
    return found[path]?.version === version;
  });
}

interface LockedPackage {
  version?: string;
  optional?: boolean;
  devOptional?: boolean;
  link?: boolean;
  resolved?: string;
}

async function readLock(file: string): Promise<Partial<Record<string, LockedPackage>>> {
  const text = await readFile(join(root, file), 'utf8').catch(() => '{}');
  return (JSON.parse(text) as { packages?: Record<string, LockedPackage> }).packages ?? {};
}
