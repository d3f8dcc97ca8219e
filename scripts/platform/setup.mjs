// @ts-check
/** Brings a fresh clone to where its code can run: packages installed, TypeScript built. Does nothing where that is done already. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Refusal, during } from './terminal.mjs';

/** The repository's root. */
export const root = resolve(import.meta.dirname, '../..');

/** Installs exactly what package-lock.json says, unless node_modules holds that already. */
export async function install() {
  if (await isInstalled()) return;
  await during('Installing packages (npm ci)', () =>
    run(
      'npm',
      ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'],
      'npm ci failed',
    ),
  );
}

/**
 * Compiles what changed since the last time.
 * @param {string} [project] one project with what it needs; all of them by default
 */
export async function build(project = '.') {
  await during('Building (tsc -b)', () =>
    run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', project], 'The build failed'),
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

/**
 * Runs a program to its end; its output is shown only when it fails.
 * @param {string} command
 * @param {string[]} args
 * @param {string} failure
 */
function run(command, args, failure) {
  return /** @type {Promise<void>} */ (
    new Promise((done, fail) => {
      const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (chunk) => (output = `${output}${chunk}`.slice(-20_000)));
      }
      child.once('error', (error) => fail(new Refusal(`${failure}: ${error.message}`)));
      child.once('close', (code) =>
        code === 0 ? done() : fail(new Refusal(`${output.trim()}\n\n${failure} (exit code ${code}).`)),
      );
    })
  );
}
