// @ts-check
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../platform/root.mjs';
import { install } from '../platform/setup.mjs';
import { runCommand } from '../platform/terminal.mjs';
import { findBreaches } from './tidy.mjs';

/** @typedef {{ name: string, run: () => Promise<{ passed: boolean, output: string }> }} Check */

const bin = (/** @type {string} */ path) => join(root, 'node_modules', path);

/** A fresh clone has no cache, so the pipeline looks at every file. */
const cache = (/** @type {string} */ name) => ['--cache', '--cache-location', `node_modules/.cache/${name}`];

/** @type {Check[]} */
const checks = [
  // First: packages see each other by what the compiler writes.
  program('build', bin('@typescript/native/bin/tsc'), '-b', '.', 'monitoring', ...ifThere('proofs')),
  program('types, with tests and scripts', bin('@typescript/native/bin/tsc'), '-p', 'tsconfig.test.json'),
  program('types of the web interface', bin('@typescript/native/bin/tsc'), '-p', 'services/web/tsconfig.json'),
  program('lint', bin('eslint/bin/eslint.js'), '.', '--max-warnings', '0', ...cache('eslint')),
  program('format', bin('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.', ...cache('prettier')),
  program(
    'imports',
    bin('dependency-cruiser/bin/dependency-cruiser.mjs'),
    '--output-type',
    'err',
    'packages',
    'services',
    'platform',
    ...ifThere('proofs'),
    'e2e',
    'monitoring/src',
  ),
  program('dead code', bin('knip/bin/knip.js'), '--no-progress', '--no-config-hints'),
  { name: 'house rules', run: checkHouseRules },
  program('OpenAPI document', join(root, 'scripts/openapi.mjs'), '--check'),
  program('client of the web interface', join(root, 'scripts/web-client.mjs'), '--check'),
  program('settings tables', join(root, 'scripts/settings-tables.mjs'), '--check'),
];

/**
 * A folder that a fork may delete.
 * @param {string} folder
 */
function ifThere(folder) {
  return existsSync(join(root, folder)) ? [folder] : [];
}

/** Runs every check, prints what fails and one line for each, and exits with 1 when one failed. */
export function runChecks() {
  return runCommand(async () => {
    await install();
    let failures = 0;
    for (const { name, run } of checks) {
      const startedAt = performance.now();
      const { passed, output } = await run();
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      if (!passed) console.log(`\n${output.trim()}`);
      console.log(`${passed ? 'ok  ' : 'FAIL'}  ${name} (${seconds} s)`);
      if (!passed) failures += 1;
    }
    console.log(`\n${checks.length - failures} checks passed, ${failures} failed`);
    return failures === 0 ? 0 : 1;
  });
}

/**
 * @param {string} name
 * @param {string} script
 * @param {...string} args
 * @returns {Check}
 */
function program(name, script, ...args) {
  const run = () =>
    new Promise((resolve) => {
      const child = spawn(process.execPath, [script, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
      child.once('close', (code) => resolve({ passed: code === 0, output }));
    });
  return { name, run };
}

async function checkHouseRules() {
  const breaches = await findBreaches(root);
  return { passed: breaches.length === 0, output: breaches.join('\n') };
}
