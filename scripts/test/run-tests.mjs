// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism, tmpdir } from 'node:os';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../platform/root.mjs';
import { buildWeb } from '../platform/build-web.mjs';
import { build, install } from '../platform/setup.mjs';
import { progress, runCommand } from '../platform/terminal.mjs';
import { openTestStores } from './test-stores.mjs';

/** The exit code of a program that Ctrl-C has ended. */
const INTERRUPTED = 130;
const VARIABLES = ['TEST_DATABASE_URL', 'TEST_REDIS_URL', 'TEST_MONGO_URL'];

/**
 * Sets up, runs jest against real stores, and prints `N passed, N failed` as its last line. Stores that TEST_… variables name are used as they are.
 * @param {string[]} args jest's own, or --keep
 */
export function runTests(args) {
  return runCommand(async () => {
    // Ctrl-C reaches npm's and jest's processes from the terminal as well; here it only says that the stores are to be stopped.
    const ending = new AbortController();
    process.on('SIGINT', () => ending.abort()).on('SIGTERM', () => ending.abort());
    try {
      await install();
      if (args.includes('--keep')) return await keepStores(ending.signal);
      await build();
      await buildWeb();
      return await testWithStores(args, ending.signal);
    } catch (error) {
      if (ending.signal.aborted) return INTERRUPTED;
      throw error;
    }
  });
}

/**
 * @param {string[]} args
 * @param {AbortSignal} signal
 * @returns {Promise<number>} the exit code
 */
async function testWithStores(args, signal) {
  const given = VARIABLES.every((name) => process.env[name]);
  const stores = given ? undefined : await openTestStores(signal);
  try {
    return await runJest(args, stores?.environment ?? {}, signal);
  } finally {
    await stores?.close();
  }
}

/** @param {AbortSignal} signal */
async function keepStores(signal) {
  const stores = await openTestStores(signal);
  for (const [name, value] of Object.entries(stores.environment)) console.log(`export ${name}='${value}'`);
  progress('The stores of the tests run until Ctrl-C. In another terminal: paste the lines above, then');
  progress('NODE_OPTIONS=--experimental-vm-modules npx jest services/accounts');
  if (!signal.aborted) await once(signal, 'abort');
  await stores.close();
  return 0;
}

/**
 * @param {string[]} args
 * @param {Record<string, string>} environment
 * @param {AbortSignal} signal
 * @returns {Promise<number>} jest's exit code
 */
async function runJest(args, environment, signal) {
  signal.throwIfAborted();
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
  signal.addEventListener('abort', () => child.kill('SIGTERM'));
  const code = await new Promise((resolve) => child.once('close', (exitCode) => resolve(exitCode ?? INTERRUPTED)));
  const count = await readFile(countFile, 'utf8').catch(() => '');
  await rm(results, { recursive: true, force: true });
  if (count) console.log(`\n${count}`);
  return code;
}

function workers() {
  return Math.max(2, availableParallelism() - 1);
}
