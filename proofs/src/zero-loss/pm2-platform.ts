/** The platform as PM2 runs it, from ecosystem.config.js, under a PM2_HOME of its own. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { recordProcess } from '@mainstay/platform/processes/processes';
import { openPm2 } from '@mainstay/platform/release/pm2/pm2-client';
import { breakBuild, copyBuild, type Fault } from '@mainstay/platform/release/pm2/test/make-build';
import { root } from '@mainstay/platform/root';
import { serviceNames as services } from '@mainstay/platform/services';
import type { OwnStores } from '@mainstay/platform/start/own-platform';
import type { Death } from './outcomes.ts';
import type { Settings } from '@mainstay/platform/settings';
import type { Foundation } from '@mainstay/platform/start/open-platform-stores';

const run = promisify(execFile);
/** Longest that a command of PM2 takes: a reload of all workers, each of which drains. */
const COMMAND_MAX_MS = 300_000;
const OUTPUT_BYTES_MAX = 50_000_000;
/** A worker that was killed is back by then, or never. */
const BACK_MAX_MS = 60_000;

/** A build that never becomes ready need not be waited for as long as one that may. */
const IMPATIENT = { RELEASE_TRIAL_TIMEOUT_MS: '4000', LISTEN_TIMEOUT_MS: '6000' };

interface Worker {
  name: string;
  pid: number;
  id: number;
  isOnline: boolean;
}
export type Pm2Platform = Awaited<ReturnType<typeof startPm2>>;

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
 * @param options instances: workers of gateway, accounts and activity. isDeployed: by npm run release, so that more can be deployed
 */
export async function startPm2(
  { settings, foundation, shutdown, directory }: OwnStores,
  {
    instances,
    isDeployed,
    environment,
  }: { instances: number[]; isDeployed: boolean; environment: Record<string, string> },
) {
  const home = join(directory, 'pm2');
  const env: Record<string, string> = {
    ...environmentOf(settings, foundation, directory, instances),
    PM2_HOME: home,
    ...(!isDeployed && { MAINSTAY_DIRECTORY: root }),
    ...environment,
  };
  const options = { cwd: root, timeout: COMMAND_MAX_MS, maxBuffer: OUTPUT_BYTES_MAX };

  async function pm2(args: string[], more: Record<string, string> = {}) {
    const { stdout } = await run(process.execPath, [findPm2() ?? '', ...args], {
      ...options,
      env: { ...env, ...more },
    });
    return stdout;
  }

  /**
   * @param from a build's folder
   * @throws Error where it was not taken
   */
  const deploy = (from: string, more: Record<string, string> = {}) =>
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
  const workers = async (): Promise<Worker[]> =>
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
    /**
     * Replaces every worker.
     * @param more environment that they get
     */
    async reload(more: Record<string, string>) {
      const before = new Set((await workers()).map(({ pid }) => pid));
      await pm2(['reload', 'all', '--update-env'], more);
      const left = (await workers()).filter(({ pid, isOnline }) => before.has(pid) || !isOnline);
      if (left.length > 0) throw new Error(`PM2 did not replace every worker: ${JSON.stringify(left)}`);
    },
    /** Deploys a build that never becomes ready; it must be refused, and every worker must be the one that was there before. */
    async deployBroken(fault: Fault) {
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
    /** kill -9, and waits until another one is in its place. */
    async kill({ pid, id }: Worker): Promise<Death> {
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

function pidsOf(workers: Worker[]) {
  return workers
    .map(({ pid }) => pid)
    .sort((a, b) => a - b)
    .join(' ');
}

/** Nothing else is taken from the environment: a run depends on its own arguments alone. */
function environmentOf(
  { ports }: Settings,
  { stores, secrets }: Foundation,
  directory: string,
  instances: number[],
): Record<string, string> {
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
