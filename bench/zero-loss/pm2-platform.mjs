// @ts-check
/** The platform as PM2 runs it, from ecosystem.config.js, under a PM2_HOME of its own. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { recordProcess } from '../../platform/src/processes/processes.ts';
import { openPm2 } from '../../platform/src/release/pm2/pm2-client.ts';
import { breakBuild, copyBuild } from '../../platform/src/release/pm2/test/make-build.ts';
import { root } from '../../platform/src/root.ts';
import { serviceNames as services } from '../../platform/src/services.ts';

const run = promisify(execFile);
/** Longest that a command of PM2 takes: a reload of all workers, each of which drains. */
const COMMAND_MAX_MS = 300_000;
const OUTPUT_BYTES_MAX = 50_000_000;
/** A worker that was killed is back by then, or never. */
const BACK_MAX_MS = 60_000;

/** A build that never becomes ready need not be waited for as long as one that may. */
const IMPATIENT = { RELEASE_TRIAL_TIMEOUT_MS: '4000', LISTEN_TIMEOUT_MS: '6000' };

/** @typedef {{ name: string, pid: number, id: number, isOnline: boolean }} Worker */
/** @typedef {Awaited<ReturnType<typeof startPm2>>} Pm2Platform */

/** Where PM2's own program is; undefined where it is not installed. */
export function findPm2() {
  try {
    return createRequire(join(root, 'package.json')).resolve('pm2/bin/pm2');
  } catch {
    return undefined;
  }
}

/**
 * Starts the three services, all workers ready, and has `shutdown` stop them before the stores.
 * @param {import('../../platform/src/start/own-platform.ts').OwnStores} stores
 * @param {{ instances: number[], isDeployed: boolean, environment: Record<string, string> }} options instances: workers of gateway, accounts and activity. isDeployed: by npm run release, so that more can be deployed
 */
export async function startPm2({ settings, foundation, shutdown, directory }, { instances, isDeployed, environment }) {
  const home = join(directory, 'pm2');
  /** @type {Record<string, string>} */
  const env = {
    ...environmentOf(settings, foundation, directory, instances),
    PM2_HOME: home,
    ...(!isDeployed && { MAINSTAY_DIRECTORY: root }),
    ...environment,
  };
  const options = { cwd: root, timeout: COMMAND_MAX_MS, maxBuffer: OUTPUT_BYTES_MAX };

  /** @param {string[]} args @param {Record<string, string>} [more] */
  async function pm2(args, more = {}) {
    const { stdout } = await run(process.execPath, [findPm2() ?? '', ...args], {
      ...options,
      env: { ...env, ...more },
    });
    return stdout;
  }

  /** @param {string} from a build's folder @param {Record<string, string>} [more] @throws Error where it was not taken */
  const deploy = (from, more = {}) =>
    run(
      process.execPath,
      [join(root, 'bootstrap.mjs'), 'release', 'pm2', '--base', join(directory, 'base'), '--from', from],
      {
        ...options,
        env: { ...env, ...more },
      },
    );

  shutdown.onClose(() => pm2(['kill']));
  if (isDeployed) {
    await copyBuild(join(directory, 'build'));
    await deploy(join(directory, 'build'));
  } else {
    await pm2(['start', join(root, 'ecosystem.config.js')]);
  }
  await recordProcess(join(directory, 'pm2.pid'), Number(await readFile(join(home, 'pm2.pid'), 'utf8')), 'PM2');
  process.env.PM2_HOME = home; // where PM2's client looks for its daemon
  const daemon = await openPm2();
  shutdown.onClose(async () => daemon.close());
  /** @returns {Promise<Worker[]>} */
  const workers = async () =>
    (await daemon.workers()).map(({ id, pid, app, status }) => ({ id, pid, name: app, isOnline: status === 'online' }));
  const started = await workers();
  if (
    started.length !== instances.reduce((sum, count) => sum + count, 0) ||
    !started.every(({ isOnline }) => isOnline)
  ) {
    throw new Error(`PM2 did not start all workers: ${JSON.stringify(started)}; the logs are in ${env.LOG_DIRECTORY}`);
  }

  return {
    url: `http://127.0.0.1:${settings.ports.gateway.port}`,
    workers,
    /** Replaces every worker. @param {Record<string, string>} more environment that they get */
    async reload(more) {
      const before = new Set((await workers()).map(({ pid }) => pid));
      await pm2(['reload', 'all', '--update-env'], more);
      const left = (await workers()).filter(({ pid, isOnline }) => before.has(pid) || !isOnline);
      if (left.length > 0) throw new Error(`PM2 did not replace every worker: ${JSON.stringify(left)}`);
    },
    /**
     * Deploys a build that never becomes ready; it must be refused, and every worker must be the one that was there before.
     * @param {import('../../platform/src/release/pm2/test/make-build.ts').Fault} fault
     */
    async deployBroken(fault) {
      const before = pidsOf(await workers());
      const build = join(directory, fault);
      if (!existsSync(build)) {
        await copyBuild(build);
        await breakBuild(build, fault);
      }
      const refusal = await deploy(build, IMPATIENT).then(
        () => undefined,
        (error) => error,
      );
      if (refusal?.code !== 1)
        throw new Error(`the deploy of a broken build ended with ${refusal?.code ?? 0}: ${refusal?.stderr}`);
      const after = pidsOf(await workers());
      if (before !== after) throw new Error(`a refused deploy replaced workers: ${before} before, ${after} after`);
    },
    /** kill -9, and waits until another one is in its place. @param {Worker} worker @returns {Promise<import('./outcomes.mjs').Death>} */
    async kill({ pid, id }) {
      const killedAt = performance.now();
      process.kill(pid, 'SIGKILL');
      for (;;) {
        const now = (await workers()).find((worker) => worker.id === id);
        if (now?.isOnline && now.pid !== pid) return { from: killedAt, until: killedAt };
        if (performance.now() - killedAt > BACK_MAX_MS) throw new Error(`PM2 did not bring worker ${id} back`);
        await delay(200);
      }
    },
  };
}

/** @param {Worker[]} workers */
function pidsOf(workers) {
  return workers
    .map(({ pid }) => pid)
    .sort((a, b) => a - b)
    .join(' ');
}

/**
 * Nothing else is taken from the environment: a run depends on its own arguments alone.
 * @param {import('../../platform/src/settings.ts').Settings} settings
 * @param {import('../../platform/src/start/open-platform-stores.ts').Foundation} foundation
 * @param {string} directory
 * @param {number[]} instances
 * @returns {Record<string, string>}
 */
function environmentOf({ ports }, { stores, secrets }, directory, instances) {
  const ofServices = services.map((name, at) => {
    const prefix = name.toUpperCase();
    const { port, managementPort } = ports[name];
    return {
      [`${prefix}_PORT`]: String(port),
      [`${prefix}_MANAGEMENT_PORT`]: String(managementPort),
      [`${prefix}_INSTANCES`]: String(instances[at]),
      [`${prefix}_REDIS_URL`]: stores.redis.urls[name],
    };
  });
  return Object.assign(
    {
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? directory,
      LOG_DIRECTORY: join(directory, 'logs'),
      LOG_LEVEL: 'warn',
      DATABASE_URL: stores.postgres.url,
      DATABASE_OWNER_URL: stores.postgres.ownerUrl,
      MONGO_URL: stores.mongo.url,
      ACCOUNTS_URL: `http://127.0.0.1:${ports.accounts.port}`,
      ACTIVITY_URL: `http://127.0.0.1:${ports.activity.port}`,
      ...secrets,
    },
    ...ofServices,
  );
}
