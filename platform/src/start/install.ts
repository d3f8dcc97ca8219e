import { existsSync } from 'node:fs';
import { readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../root.ts';
import { runProgram } from '../processes/run-program.ts';
import { during } from '../terminal.ts';

/** Path of the script that `node` runs as the TypeScript compiler. */
export const compiler = join(root, 'node_modules/@typescript/native/bin/tsc');

/** Runs `npm ci` if node_modules lacks a package of package-lock.json. */
export async function install(): Promise<void> {
  if (await isInstalled()) return;
  const options = ['--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  await during('Installing packages (npm ci)', () =>
    runProgram('npm', ['ci', ...options], { failure: 'The packages could not be installed: npm ci failed' }),
  );
  // `npm ci` has deleted this link to Node.js. `npx pm2` needs the link, so make the link again.
  const node = process.env.MAINSTAY_NODE;
  if (node) await symlink(node, join(root, 'node_modules/.bin/node'));
}

/** Compiles changed files, in all projects or in the given projects. */
export async function build(...projects: string[]): Promise<void> {
  await during('Compiling (tsc -b)', () =>
    runProgram(process.execPath, [compiler, '-b', ...projects], { failure: 'The build failed' }),
  );
}

/** Installs and compiles if `file` is missing. A deployed release contains the file, so a release installs nothing. */
export async function ensureBuilt(file: string, project: string): Promise<void> {
  if (existsSync(join(root, file))) return;
  await install();
  await build(project);
}

/**
 * Whether node_modules contains every package that is not optional, in the version that package-lock.json names. A fork
 * can delete a workspace, and npm then does not install the packages of that workspace. If a workspace is missing, only
 * the versions of installed packages are checked.
 */
export async function isInstalled(): Promise<boolean> {
  const wanted = await readLock('package-lock.json');
  const found = await readLock('node_modules/.package-lock.json'); // npm writes this file at the end of an installation
  if (Object.keys(found).length === 0) return false;
  const isPartial = Object.values(wanted).some((one) => one?.link && !existsSync(join(root, one.resolved ?? '')));
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
