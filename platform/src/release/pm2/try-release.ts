/** Runs a build under PM2 beside the running platform, with spare ports and the real stores, and sends a few requests. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../processes/ports.ts';
import { tailOf } from '../../processes/process-log.ts';
import { entrance, serviceNames, serviceOf, type ServiceName } from '../../services.ts';
import { readableLine } from '../../start/follow-log.ts';
import { Refusal, during } from '../../terminal.ts';
import { expectReply } from './ask.ts';
import { pm2, readApps, removeApps, workersOf } from './pm2.ts';
import type { Places, Release } from './releases.ts';

type Ports = Record<ServiceName, { open: number; management: number }>;

const trialOf = (name: string) => `${name}-trial`;
const trials = serviceNames.map(trialOf);

/**
 * Runs one worker of each service, in the cluster mode of the real workers. The relay and the consumer of events may run
 * beside the real ones, because a lease in Redis lets only one of them work at a time.
 * @param options timeoutMs: time for a service to become ready. settleMs: time that the service must run after that
 * @throws Refusal with the last log lines of the service that failed
 */
export async function tryRelease(
  places: Places,
  release: Release,
  { signal, timeoutMs, settleMs }: { signal: AbortSignal; timeoutMs: number; settleMs: number },
): Promise<void> {
  const ports = await sparePorts();
  try {
    await during('Trying the build on spare ports', async () => {
      await start(places, release, ports, timeoutMs);
      await expectRunning(places, `was not ready within ${timeoutMs} ms`, ports);
      await askEntrance(`http://127.0.0.1:${ports[entrance].open}`);
      await delay(settleMs, undefined, { signal });
      await expectRunning(places, 'was ready, and ended', ports);
      await pm2(['stop', ...trials]);
      // A service that does not stop cleanly would lose requests at the next release.
      for (const { app, exitCode } of await workersOf(trials))
        if (exitCode !== 0) throw await failure(places, app, `did not stop cleanly (exit code ${exitCode})`);
    });
  } finally {
    await stopTrial();
  }
}

/** Stops the trial workers that a failed or killed command left behind. */
export function stopTrial(): Promise<void> {
  return removeApps(trials);
}

async function start(places: Places, { id, folder }: Release, ports: Ports, timeoutMs: number): Promise<void> {
  const apps = await Promise.all(
    (await readApps(folder, folder)).map(async (app) => {
      const log = logOf(places, trialOf(app.name));
      await rm(log, { force: true });
      const env = { ...app.env, ...settingsOf(app.name, ports), VERSION: `${id}-trial`, MAINSTAY_DIRECTORY: folder };
      return {
        ...app,
        name: trialOf(app.name),
        cwd: folder,
        instances: 1,
        autorestart: false,
        exp_backoff_restart_delay: undefined,
        listen_timeout: timeoutMs,
        out_file: log,
        error_file: log,
        env,
      };
    }),
  );
  const file = join(places.trial, 'ecosystem.json');
  await writeFile(file, JSON.stringify({ apps }));
  await pm2(['start', file]);
}

function settingsOf(service: ServiceName, ports: Ports): Record<string, string> {
  const prefix = service.toUpperCase();
  const called = serviceOf(service).calls.map((other) => [
    `${prefix}_${other.toUpperCase()}_URL`,
    `http://127.0.0.1:${ports[other as ServiceName].open}`,
  ]);
  return {
    WORKERS: '1',
    METRICS_DIR: '', // the platform's metrics must not include those of a trial
    [`${prefix}_METRICS_DIR`]: '',
    [`${prefix}_HOST`]: '127.0.0.1',
    [`${prefix}_PORT`]: String(ports[service].open),
    [`${prefix}_MANAGEMENT_HOST`]: '127.0.0.1',
    [`${prefix}_MANAGEMENT_PORT`]: String(ports[service].management),
    ...(Object.fromEntries(called) as Record<string, string>),
  };
}

async function sparePorts(): Promise<Ports> {
  const ports = serviceNames.map(async (name) => [name, { open: await freePort(), management: await freePort() }]);
  return Object.fromEntries(await Promise.all(ports)) as Ports;
}

async function expectRunning(places: Places, otherwise: string, ports: Ports): Promise<void> {
  const running = (await workersOf(trials)).filter(({ status }) => status === 'online');
  for (const name of serviceNames) {
    const app = trialOf(name);
    if (!running.some((worker) => worker.app === app)) throw await failure(places, app, 'ended');
    await expectReply(`http://127.0.0.1:${ports[name].management}/readyz`).catch(async (error: Error) => {
      throw await failure(places, app, `${otherwise}: ${error.message}`);
    });
  }
}

/** Sends requests to the entrance. The sign-in reaches the accounts service and its database. It fails, because no user has this address, so a release adds no users. */
async function askEntrance(url: string): Promise<void> {
  await expectReply(`${url}/healthz`);
  await expectReply(`${url}/openapi.json`);
  const body = { email: `smoke-${Date.now()}@example.invalid`, password: 'nobody has this password' };
  await expectReply(`${url}/v1/session`, { body, isExpected: (status) => status < 500 });
}

async function failure(places: Places, app: string, what: string): Promise<Refusal> {
  return new Refusal(
    `The new ${app.replace('-trial', '')} ${what}.${await tailOf(logOf(places, app), 0, readableLine)}`,
  );
}

function logOf({ trial }: Places, app: string): string {
  return join(trial, `${app}.log`);
}
