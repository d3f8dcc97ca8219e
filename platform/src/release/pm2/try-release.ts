import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../processes/ports.ts';
import { entrance, serviceNames, serviceOf } from '../../services.ts';
import { Refusal, during } from '../../terminal.ts';
import { lastLinesOf, pm2, workersOf } from './pm2.ts';
import type { Places, Release } from './releases.ts';

/**
 * Runs one worker of each service under a separate PM2, on free ports and with the real stores. Sends a few requests.
 * The services of the trial do not consume events, because the running services have the lease in Redis.
 * @param options timeoutMs: time for a service to become ready. settleMs: how long a ready service must run
 * @throws Refusal with the last log lines of the service that failed
 */
export async function tryRelease(
  { trial }: Places,
  { folder }: Release,
  { signal, timeoutMs, settleMs }: { signal: AbortSignal; timeoutMs: number; settleMs: number },
): Promise<void> {
  const env = await settingsOf(trial, folder, timeoutMs);
  try {
    await during('Trying the build on spare ports', async () => {
      await pm2(['start', join(folder, 'ecosystem.config.js')], env);
      await expectRunning(trial, `was not ready within ${timeoutMs} ms`, env);
      await askEntrance(`http://127.0.0.1:${env[`${entrance.toUpperCase()}_PORT`]}`);
      await delay(settleMs, undefined, { signal }).catch(() => signal.throwIfAborted());
      await expectRunning(trial, 'was ready, and ended', env);
      await pm2(['stop', 'all'], { PM2_HOME: trial });
      // A service that does not stop cleanly would lose requests at the next release.
      for (const worker of await workersOf(serviceNames, trial))
        if (worker.exit_code !== 0)
          throw new Refusal(
            `The new ${worker.name} did not stop cleanly (exit code ${worker.exit_code}).${await lastLinesOf(worker)}`,
          );
    });
  } finally {
    await stopTrial(trial);
  }
}

/** Stops a trial that a failed or killed command left behind. */
export async function stopTrial(trial: string): Promise<void> {
  if (existsSync(trial)) await pm2(['kill'], { PM2_HOME: trial });
  await rm(trial, { recursive: true, force: true, maxRetries: 3 });
}

async function settingsOf(trial: string, folder: string, timeoutMs: number): Promise<Record<string, string>> {
  const env: Record<string, string> = {
    PM2_HOME: trial,
    MAINSTAY_DIRECTORY: folder,
    LOG_DIRECTORY: join(trial, 'logs'),
    LISTEN_TIMEOUT_MS: String(timeoutMs),
  };
  for (const prefix of serviceNames.map((name) => name.toUpperCase())) {
    env[`${prefix}_INSTANCES`] = '1';
    env[`${prefix}_METRICS_DIR`] = join(trial, 'metrics'); // the platform's metrics must not include metrics of a trial
    for (const kind of ['', 'MANAGEMENT_']) {
      env[`${prefix}_${kind}HOST`] = '127.0.0.1';
      env[`${prefix}_${kind}PORT`] = String(await freePort());
    }
  }
  for (const name of serviceNames)
    for (const called of serviceOf(name).calls.map((other) => other.toUpperCase()))
      env[`${name.toUpperCase()}_${called}_URL`] = `http://127.0.0.1:${env[`${called}_PORT`]}`;
  return env;
}

/** Asks each service whether it is ready, then asks PM2 whether the worker still runs: a worker can end later. */
async function expectRunning(trial: string, otherwise: string, env: Record<string, string>): Promise<void> {
  const errors = new Map<string, Error>();
  for (const name of serviceNames)
    await expectReply(`http://127.0.0.1:${env[`${name.toUpperCase()}_MANAGEMENT_PORT`]}/readyz`).catch((error: Error) =>
      errors.set(name, error),
    );
  const workers = await workersOf(serviceNames, trial);
  for (const name of serviceNames) {
    const worker = workers.find((one) => one.name === name);
    const lines = await lastLinesOf(worker);
    if (worker?.status !== 'online' || worker.restart_time > 0) throw new Refusal(`The new ${name} ended.${lines}`);
    if (errors.has(name)) throw new Refusal(`The new ${name} ${otherwise}: ${errors.get(name)?.message}.${lines}`);
  }
}

/** A sign-in shows whether the database replies. No user has this address, so the gateway refuses the sign-in. */
async function askEntrance(url: string): Promise<void> {
  await expectReply(`${url}/healthz`);
  await expectReply(`${url}/openapi.json`);
  const body = { email: `smoke-${Date.now()}@example.invalid`, password: 'nobody has this password' };
  await expectReply(`${url}/v1/session`, { body, isExpected: (status) => status < 500 });
}

/**
 * Sends a request over a new connection. PM2 distributes connections to the workers in turn, so the next worker
 * replies.
 * @throws Refusal when the URL does not reply or the status is not expected
 */
export async function expectReply(
  url: string,
  { isExpected = (status) => status === 200, body }: { isExpected?: (status: number) => boolean; body?: object } = {},
): Promise<void> {
  const headers = { connection: 'close', 'content-type': 'application/json' };
  const post = body && { method: 'POST', body: JSON.stringify(body) };
  const reply = await fetch(url, { ...post, headers, signal: AbortSignal.timeout(15_000) }).catch((error: Error) => {
    throw new Refusal(`${url} does not answer: ${(error.cause as Error | undefined)?.message ?? error.message}`);
  });
  const text = await reply.text();
  if (!isExpected(reply.status)) throw new Refusal(`${url} returned ${reply.status}: ${text.trim().slice(0, 300)}`);
}
