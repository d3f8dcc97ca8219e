// @ts-check
'use strict';
/**
 * What PM2 runs: `npx pm2 start ecosystem.config.js`, after `npm ci && npm run build`. See docs/bare-metal.md.
 *
 * The services read their own settings, from the environment or `.env`, whenever a worker starts, so that a reload
 * takes new ones. None of them is repeated here, because a value here would hide a changed `.env`. Only PM2's own
 * settings are read below, when this file is read.
 */
const { readFileSync, realpathSync } = require('node:fs');
const { availableParallelism, homedir } = require('node:os');
const { dirname, join, resolve } = require('node:path');
const { parseEnv } = require('node:util');

const { isSupported, supported } = require('./node-version.cjs');

if (!isSupported(process.versions.node)) {
  // Refuse here and not in each worker, because PM2 would restart the workers without end.
  console.error(
    `This is Node.js ${process.versions.node}. Mainstay needs ${supported}. Run npm run stores once: it installs one that npx pm2 uses. Or install one.`,
  );
  process.exit(1);
}

const directory = process.env.MAINSTAY_DIRECTORY || nameOfThisFolder();
const dotenv = readDotenv(join(directory, '.env'));
const version = releaseIn(directory);
const pm2Home = process.env.PM2_HOME || join(homedir(), '.pm2');
const logDirectory = setting('LOG_DIRECTORY', join(pm2Home, 'logs'));

// After the check above: only a supported Node.js can load TypeScript.
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

    // A worker reports ready when its stores have answered, and gets connections from then on. A reload waits this long
    // and then stops the old worker in any case, which is why a release tries the new build first. So the time is long
    // enough for an overloaded machine. A start waits for the same time and then continues.
    wait_ready: true,
    listen_timeout: number('LISTEN_TIMEOUT_MS', 60_000),
    // The drain plus the time for closers. PM2 kills a worker that needs longer.
    kill_timeout: number('KILL_TIMEOUT_MS', drainMs + 35_000),
    treekill: false, // a service has no children; asking `ps` for them would only delay the signal

    // A larger worker is reloaded; PM2 checks twice a minute. The heap limit lies above normal garbage but below V8's
    // own limit, so a leak ends in a reload and not in a crash.
    max_memory_restart: `${memoryMaxMb}M`,
    node_args: ['--enable-source-maps', `--max-old-space-size=${Math.round(memoryMaxMb * 0.85)}`],

    // Wait longer after each failure, 15 s at most, and never give up: a missing file, port or setting may appear
    // later.
    exp_backoff_restart_delay: 200,
    min_uptime: 1_000,
    max_restarts: 1_000_000,

    // One file per app for all its workers. The lines are JSON with a time, so PM2 adds none.
    out_file: join(logDirectory, `${name}-out.log`),
    error_file: join(logDirectory, `${name}-error.log`),
    merge_logs: true,
    time: false,

    env: {
      NODE_ENV: 'production',
      // The number of processes that share the service's connections to its stores. PM2's own `instances` is missing
      // after `pm2 resurrect`.
      WORKERS: String(instances),
      // A reload by this file replaces the whole environment of an app, so the id of the release is here.
      ...(version && { VERSION: version }),
      METRICS_DIR: join(pm2Home, 'metrics'), // outlives releases; short, because sockets are in it
    },
    pmx: false,
    vizion: false,
  };
}

/**
 * 'max', or a number; a negative one leaves that many cores free, as with PM2.
 * @param {string} text
 */
function workers(text) {
  const count = text === 'max' ? 0 : Number(text);
  if (!Number.isInteger(count)) throw new Error(`the number of instances must be whole or 'max', but is '${text}'`);
  return count > 0 ? count : Math.max(1, availableParallelism() + count);
}

/**
 * PM2 would treat a wrong number as NaN, which means no limit.
 * @param {string} name
 * @param {number} otherwise
 */
function number(name, otherwise) {
  const text = setting(name, String(otherwise));
  if (/^\d+$/.test(text)) return Number(text);
  throw new Error(`${name} must be a whole number, but is '${text}'`);
}

/**
 * From the environment, otherwise from `.env`.
 * @param {string} name
 * @param {string} otherwise
 */
function setting(name, otherwise) {
  return process.env[name] || dotenv[name] || otherwise;
}

/**
 * The release to which a folder belongs, as `npm run release -- pm2` has written it there; undefined in a checkout.
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
 * This folder as the caller named it. With `current` in the path, a worker that starts later uses the release that
 * `current` names then. `__dirname` has only the link's target at the time when PM2 read this file.
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
