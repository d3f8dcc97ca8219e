/** Runs the platform of ecosystem.config.js under PM2, with its own PM2_HOME. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { recordProcess } from '@mainstay/platform/processes/processes';
import { workersOf } from '@mainstay/platform/release/pm2/pm2';
import { breakBuild, copyBuild, type Fault } from '@mainstay/platform/release/pm2/test/make-build';
import { root } from '@mainstay/platform/root';
import { serviceNames as services } from '@mainstay/platform/services';
import { serviceSettings } from '@mainstay/platform/start/service-settings';
import type { OwnStores } from '../own-platform.ts';
import { until } from '@mainstay/platform/until';
import type { Death } from './outcomes.ts';

const run = promisify(execFile);
/** Time limit of a command. The longest command reloads all workers, and each worker drains. */
const COMMAND_MAX_MS = 300_000;
const OUTPUT_BYTES_MAX = 50_000_000;
/** PM2 must replace a killed worker within this time. */
const BACK_MAX_MS = 60_000;

/** Shorter than the default times, so that the release of a broken build fails sooner. */
const IMPATIENT = { RELEASE_TRIAL_TIMEOUT_MS: '4000', LISTEN_TIMEOUT_MS: '6000' };

interface Worker {
  name: string;
  pid: number;
  id: string;
  isOnline: boolean;
}
export type Pm2Platform = Awaited<ReturnType<typeof startPm2>>;

/** `instances`: number of workers of each service. `isDeployed`: start by a release, not by `pm2 start`. */
export async function startPm2(
  stores: OwnStores,
  {
    instances,
    isDeployed = false,
    environment,
  }: { instances: number[]; isDeployed?: boolean; environment: Record<string, string> },
) {
  const { settings, shutdown, directory } = stores;
  const home = join(directory, 'pm2');
  const env: Record<string, string> = {
    ...environmentOf(stores, instances),
    PM2_HOME: home,
    ...(!isDeployed && { MAINSTAY_DIRECTORY: root }),
    ...environment,
  };
  const options = { cwd: root, timeout: COMMAND_MAX_MS, maxBuffer: OUTPUT_BYTES_MAX };

  const node = (args: string[], more: Record<string, string> = {}) =>
    run(process.execPath, args, { ...options, env: { ...env, ...more } });
  const program = createRequire(join(root, 'package.json')).resolve('pm2/bin/pm2');
  const pm2 = (args: string[], more?: Record<string, string>) => node([program, ...args], more);

  const deploy = (from: string, more?: Record<string, string>) =>
    node([join(root, 'bootstrap.mjs'), 'release', 'pm2', '--base', join(directory, 'base'), '--from', from], more);

  shutdown.onClose(() => pm2(['kill']));
  if (isDeployed) {
    await copyBuild(join(directory, 'build'));
    await deploy(join(directory, 'build'));
  } else {
    await pm2(['start', join(root, 'ecosystem.config.js')]);
  }
  await recordProcess(join(directory, 'pm2.pid'), Number(await readFile(join(home, 'pm2.pid'), 'utf8')), 'PM2');
  const workers = async (): Promise<Worker[]> =>
    (await workersOf(services, home)).map(({ name, pid, pm_id: id, status }) => ({
      id: String(id),
      pid,
      name,
      isOnline: status === 'online',
    }));
  const started = (await workers()).filter(({ isOnline }) => isOnline).length;
  const wanted = services.reduce((sum, _, at) => sum + (instances[at] ?? 1), 0);
  if (started !== wanted)
    throw new Error(`PM2 started ${started} of ${wanted} workers; the logs are in ${env.LOG_DIRECTORY}`);

  return {
    url: `http://127.0.0.1:${settings.ports.gateway.port}`,
    workers,
    /** Replaces every worker. @param more variables that the new workers get */
    async reload(more: Record<string, string>) {
      const before = new Set((await workers()).map(({ pid }) => pid));
      await pm2(['reload', 'all', '--update-env'], more);
      const left = (await workers()).filter(({ pid, isOnline }) => before.has(pid) || !isOnline);
      if (left.length > 0) throw new Error(`PM2 did not replace every worker: ${JSON.stringify(left)}`);
    },
    /** Releases a broken build. The release must fail, and must not replace any worker. */
    async deployBroken(fault: Fault) {
      const before = pidsOf(await workers());
      const build = join(directory, fault);
      if (!existsSync(build)) {
        await copyBuild(build);
        await breakBuild(build, fault);
      }
      const { code, stderr } = await deploy(build, IMPATIENT).then(
        () => ({ code: 0, stderr: '' }),
        (error) => error,
      );
      if (code !== 1) throw new Error(`the deploy of a broken build ended with ${code}: ${stderr}`);
      const after = pidsOf(await workers());
      if (before !== after) throw new Error(`a refused deploy replaced workers: ${before} before, ${after} after`);
    },
    /** Kills a worker with SIGKILL, and waits until PM2 has replaced it. */
    async kill({ pid, id }: Worker): Promise<Death> {
      const killedAt = performance.now();
      process.kill(pid, 'SIGKILL');
      const isBack = async () => (await workers()).some((one) => one.id === id && one.isOnline && one.pid !== pid);
      await until(`PM2 has replaced worker ${id}`, isBack, { timeoutMs: BACK_MAX_MS });
      return { from: killedAt, until: killedAt };
    },
  };
}

const pidsOf = (workers: Worker[]) =>
  workers
    .map(({ pid }) => String(pid))
    .toSorted()
    .join(' ');

/** Takes only PATH and HOME from `process.env`, because other variables could change a run. */
function environmentOf({ settings, foundation, directory }: OwnStores, instances: number[]): Record<string, string> {
  const { databases } = foundation.stores.postgres;
  const ofServices = services.map((name, at) => {
    const { port, managementPort } = settings.ports[name];
    const own = {
      ...serviceSettings(name, settings, foundation),
      DATABASE_OWNER_URL: databases[name]?.ownerUrl ?? '',
      PORT: String(port),
      MANAGEMENT_PORT: String(managementPort),
      INSTANCES: String(instances[at] ?? 1),
    };
    // All services share this environment, so each name starts with its service, as in GATEWAY_PORT.
    return Object.fromEntries(Object.entries(own).map(([key, value]) => [`${name.toUpperCase()}_${key}`, value]));
  });
  const { PATH = '', HOME = directory } = process.env;
  return Object.assign({ PATH, HOME, LOG_DIRECTORY: join(directory, 'logs') }, ...ofServices) as Record<string, string>;
}
