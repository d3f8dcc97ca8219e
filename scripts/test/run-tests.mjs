// @ts-check
import { spawn } from 'node:child_process';
import { availableParallelism, tmpdir } from 'node:os';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../platform/root.mjs';
import { build, install } from '../platform/setup.mjs';
import { progress, runCommand } from '../platform/terminal.mjs';
import { openTestStores } from './test-stores.mjs';

const VARIABLES = ['TEST_DATABASE_URL', 'TEST_REDIS_URL', 'TEST_MONGO_URL'];

/**
 * Sets up, runs jest against real stores, and prints `N passed, N failed` as its last line. Stores that TEST_… variables name are used as they are.
 * @param {string[]} args jest's own, or --keep
 */
export function runTests(args) {
  return runCommand(async () => {
    await install();
    if (args.includes('--keep')) return keepStores();
    await build();
    const stores = VARIABLES.every((name) => process.env[name]) ? undefined : await openTestStores();
    try {
      return await runJest(args, stores?.environment ?? {});
    } finally {
      await stores?.close();
    }
  });
}

async function keepStores() {
  await build('packages/embedded');
  const stores = await openTestStores();
  for (const [name, value] of Object.entries(stores.environment)) console.log(`export ${name}='${value}'`);
  progress('The stores of the tests run until Ctrl-C. In another terminal: paste the lines above, then');
  progress('NODE_OPTIONS=--experimental-vm-modules npx jest services/accounts');
  await new Promise((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  await stores.close();
}

/**
 * @param {string[]} args
 * @param {Record<string, string>} environment
 * @returns {Promise<number>} jest's exit code
 */
async function runJest(args, environment) {
  const results = await mkdtemp(join(tmpdir(), 'mainstay-results-'));
  const countFile = join(results, 'count');
  const options = ['--reporters=default', `--reporters=${join(import.meta.dirname, 'count-reporter.mjs')}`];
  // jest leaves one core free by default, which on two means that files run one after the other.
  if (!args.some((arg) => /^(-w|-i|--maxWorkers|--runInBand)/.test(arg))) options.push(`--maxWorkers=${workers()}`);
  const child = spawn(process.execPath, [join(root, 'node_modules/jest/bin/jest.js'), ...options, ...args], {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      ...environment,
      MAINSTAY_COUNT_FILE: countFile,
      NODE_OPTIONS:
        `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --disable-warning=ExperimentalWarning`.trim(),
    },
  });
  // Ctrl-C reaches jest from the terminal as well; SIGTERM reaches only us. Either way its end is waited for, then the stores stop.
  const pass = (/** @type {NodeJS.Signals} */ signal) => void child.kill(signal);
  process.on('SIGINT', pass).on('SIGTERM', pass);
  const code = await new Promise((resolve) => child.once('close', (exitCode) => resolve(exitCode ?? 1)));
  process.off('SIGINT', pass).off('SIGTERM', pass);
  const count = await readFile(countFile, 'utf8').catch(() => '');
  await rm(results, { recursive: true, force: true });
  if (count) console.log(`\n${count}`);
  return code;
}

function workers() {
  return Math.max(2, availableParallelism() - 1);
}
