// @ts-check
'use strict';
/**
 * Each service is an app of PM2, and each process of an app is a worker. Start all apps with
 * `npx pm2 start ecosystem.config.js`, after `npm ci && npm run build` (docs/bare-metal.md).
 *
 * Each worker reads the service's settings from `.env`, so a reload applies a changed `.env`. Do not set a service's
 * settings here, because a value in this file has priority over `.env`.
 */
const { readFileSync, realpathSync } = require('node:fs');
const { availableParallelism, homedir } = require('node:os');
const { dirname, join, resolve } = require('node:path');
const { parseEnv } = require('node:util');

const { isSupported, supported } = require('./node-version.cjs');

if (!isSupported(process.versions.node)) {
  // Refuse an unsupported Node.js here. If a worker refused to start instead, PM2 would restart the worker endlessly.
  console.error(
    `This is Node.js ${process.versions.node}. Mainstay needs ${supported}. Run npm run stores once: it installs a supported Node.js for npx pm2. Or install it yourself.`,
  );
  process.exit(1);
}

const directory = process.env.MAINSTAY_DIRECTORY || nameOfThisFolder();
const dotenv = readDotenv(join(directory, '.env'));
const version = releaseIn(directory);
const pm2Home = process.env.PM2_HOME || join(homedir(), '.pm2');
const logDirectory = setting('LOG_DIRECTORY', join(pm2Home, 'logs'));

// Old versions of Node.js cannot load TypeScript, so this line follows the check above.
const { serviceNames } = require('./platform/src/services.ts');

module.exports = { apps: serviceNames.map(app) };

/** @param {string} name */
function app(name) {
  const prefix = name.toUpperCase();
  const instances = workers(setting(`${prefix}_INSTANCES`, 'max'));
  const memoryMaxMb = number(`${prefix}_MEMORY_MAX_MB`, 512);
  const own = (/** @type {string} */ key, /** @type {number} */ otherwise) =>
    number(`${prefix}_${key}`, number(key, otherwise));
  const drainMs = own('PRE_DRAIN_DELAY_MS', 0) + own('DRAIN_WINDOW_MS', 25_000);
  return {
    name,
    script: 'platform/src/release/pm2/start-service.mjs',
    args: [name],
    cwd: directory,
    exec_mode: 'cluster',
    instances,

    // A worker is ready when its stores have answered. After `listen_timeout`, a reload stops the old worker even if
    // the new worker is not ready. So `npm run release -- pm2` tests a build before the reload.
    wait_ready: true,
    listen_timeout: number('LISTEN_TIMEOUT_MS', 60_000),
    // Milliseconds after which PM2 kills a worker that is shutting down. A worker has `drainMs` to finish open
    // requests, and then 35 s to close its connections to the stores.
    kill_timeout: number('KILL_TIMEOUT_MS', drainMs + 35_000),
    treekill: false, // a worker has no child processes, and PM2's search for them with `ps` would delay the signal

    // PM2 reloads a worker that uses more memory than this limit. V8's heap gets 85 % of this limit, because a worker
    // also needs memory outside of the heap.
    max_memory_restart: `${memoryMaxMb}M`,
    node_args: ['--enable-source-maps', `--max-old-space-size=${Math.round(memoryMaxMb * 0.85)}`],

    // After each failed start, PM2 waits longer, up to 15 s. PM2 never gives up, because an operator can add a missing
    // file or setting later.
    exp_backoff_restart_delay: 200,
    min_uptime: 1_000,
    max_restarts: 1_000_000,

    // All workers of an app write to the same files. Each log line is a JSON object that contains a time, so PM2 must
    // not add a time.
    out_file: join(logDirectory, `${name}-out.log`),
    error_file: join(logDirectory, `${name}-error.log`),
    merge_logs: true,
    time: false,

    env: {
      NODE_ENV: 'production',
      // Each worker opens its share of the service's connections to the stores. Workers read WORKERS, because PM2's own
      // variable `instances` is missing after `pm2 resurrect`.
      WORKERS: String(instances),
      // A reload with this file replaces an app's whole environment, so this file must set the id of the release.
      ...(version && { VERSION: version }),
      // This folder is outside of the releases' folders, so that a new release keeps the metrics. The folder contains
      // sockets, and the path of a socket must be short.
      METRICS_DIR: join(pm2Home, 'metrics'),
    },
    pmx: false,
    vizion: false,
  };
}

/**
 * Returns the number of workers. The text 'max' means one worker for each core. As in PM2, -1 leaves one core free.
 * @param {string} text
 */
function workers(text) {
  const count = text === 'max' ? 0 : Number(text);
  if (!Number.isInteger(count)) throw new Error(`the number of instances must be whole or 'max', but is '${text}'`);
  return count > 0 ? count : Math.max(1, availableParallelism() + count);
}

/**
 * Reads a setting that is a whole number. Throws for other text, because PM2 would ignore a limit that is not a number.
 * @param {string} name
 * @param {number} otherwise
 */
function number(name, otherwise) {
  const text = setting(name, String(otherwise));
  if (/^\d+$/.test(text)) return Number(text);
  throw new Error(`${name} must be a whole number, but is '${text}'`);
}

/**
 * Reads a setting from the environment, or from `.env` if the environment does not have the setting.
 * @param {string} name
 * @param {string} otherwise
 */
function setting(name, otherwise) {
  return process.env[name] || dotenv[name] || otherwise;
}

/**
 * Returns the id that `npm run release -- pm2` wrote into a release's folder, or undefined in a checkout.
 * @param {string} folder
 * @returns {string | undefined}
 */
function releaseIn(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'release.json'), 'utf8')).id;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} path
 * @returns {NodeJS.Dict<string>}
 */
function readDotenv(path) {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return {};
    throw error;
  }
}

/**
 * Returns the path of this folder. If the caller used the link `current`, the path contains this link, but `__dirname`
 * contains the folder behind the link. With the link in the path, a worker that starts later runs the release to which
 * `current` then points.
 */
function nameOfThisFolder() {
  const shellFolder = process.env.PWD || process.cwd();
  const named = process.argv.find((argument) => argument.endsWith('ecosystem.config.js')) || 'ecosystem.config.js';
  const folder = dirname(resolve(shellFolder, named));
  try {
    return realpathSync(folder) === __dirname ? folder : __dirname;
  } catch {
    return __dirname;
  }
}
