/**
 * Starts each service of a build as a separate process, on spare ports but with the real stores, sends a few
 * requests, and stops it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../processes/ports.ts';
import { recordProcess, sendGroup, stopRecorded } from '../../processes/processes.ts';
import { entrance, serviceNames, serviceOf, type ServiceName } from '../../services.ts';
import { readableLine } from '../../start/follow-log.ts';
import { Refusal, during } from '../../terminal.ts';
import type { Address, Addresses } from './app-plans.ts';
import { ask, describeReply } from './ask.ts';
import type { Places, Release } from './releases.ts';

const LAST_LINES = 15;
const STOP_TIMEOUT_MS = 20_000;
const POLL_MS = 100;

interface Trial {
  service: ServiceName;
  child: ChildProcess;
  /** Its last log lines. */
  lines: string[];
  /** How it ended. */
  ended: Promise<string>;
  hasEnded: boolean;
}

/**
 * These processes share the same things as replicas: the relay and the consumer hold leases, so they take turns with
 * the running ones.
 * @throws Refusal with the service's last log lines
 */
export async function tryRelease(
  places: Places,
  release: Release,
  { signal, timeoutMs }: { signal: AbortSignal; timeoutMs: number },
): Promise<void> {
  const addresses = await spareAddresses();
  const running: Trial[] = [];
  try {
    await during('Trying the build on spare ports', async () => {
      for (const service of serviceNames) running.push(await start(places, release, service, addresses));
      await Promise.all(running.map((trial) => untilReady(trial, addresses[trial.service], { signal, timeoutMs })));
      await askEntrance(addresses[entrance].open);
      signal.throwIfAborted();
      for (const { child } of running) sendGroup(Number(child.pid), 'SIGTERM');
      await Promise.all(running.map(expectCleanEnd));
    });
  } finally {
    await stopTrial(places);
  }
}

/** Stops the processes of a trial that failed, or of a command that was killed. */
export async function stopTrial({ trial }: Places): Promise<void> {
  const records = await readdir(trial);
  await Promise.all(records.map((record) => stopRecorded(join(trial, record), { timeoutMs: STOP_TIMEOUT_MS })));
}

async function spareAddresses(): Promise<Record<ServiceName, Addresses>> {
  const spare = async () => ({ host: '127.0.0.1', port: await freePort() });
  const entries = serviceNames.map(async (name) => [name, { open: await spare(), management: await spare() }] as const);
  return Object.fromEntries(await Promise.all(entries)) as Record<ServiceName, Addresses>;
}

async function start(
  places: Places,
  { id, folder }: Release,
  service: ServiceName,
  addresses: Record<ServiceName, Addresses>,
): Promise<Trial> {
  const child = spawn(process.execPath, ['--enable-source-maps', `services/${service}/dist/main.js`], {
    cwd: folder,
    env: { ...process.env, ...environmentOf(service, addresses), VERSION: `${id}-trial` },
    detached: true, // Ctrl-C in the terminal reaches it only through this process
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  const trial: Trial = { service, child, lines: [], ended, hasEnded: false };
  void ended.then(() => (trial.hasEnded = true));
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      const lines = chunk
        .toString()
        .split('\n')
        .filter((line) => line.trim() !== '');
      trial.lines = [...trial.lines, ...lines].slice(-LAST_LINES);
    });
  }
  if (child.pid) await recordProcess(join(places.trial, `${service}.pid`), child.pid, `${service} of a trial`);
  return trial;
}

function environmentOf(service: ServiceName, addresses: Record<ServiceName, Addresses>): Record<string, string> {
  const prefix = service.toUpperCase();
  const { open, management } = addresses[service];
  const called = serviceOf(service).calls.map((other) => [
    `${prefix}_${other.toUpperCase()}_URL`,
    `http://127.0.0.1:${addresses[other as ServiceName].open.port}`,
  ]);
  return {
    NODE_ENV: 'production',
    METRICS_DIR: '', // the metrics of the trial do not count for the platform
    [`${prefix}_METRICS_DIR`]: '',
    [`${prefix}_HOST`]: open.host,
    [`${prefix}_PORT`]: String(open.port),
    [`${prefix}_MANAGEMENT_HOST`]: management.host,
    [`${prefix}_MANAGEMENT_PORT`]: String(management.port),
    ...(Object.fromEntries(called) as Record<string, string>),
  };
}

async function untilReady(
  trial: Trial,
  { management }: Addresses,
  { signal, timeoutMs }: { signal: AbortSignal; timeoutMs: number },
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    signal.throwIfAborted();
    if (trial.hasEnded) throw failure(trial, `ended before it was ready (${await trial.ended})`);
    const reply = await ask(management, '/readyz', { timeoutMs: 2_000 });
    if (reply.status === 200) return;
    if (performance.now() > deadline)
      throw failure(trial, `was not ready within ${timeoutMs} ms: ${describeReply(reply)}`);
    await delay(POLL_MS);
  }
}

/**
 * The sign-in reaches accounts and its store, which refuse an unknown address. Nothing is written, so a release adds
 * no users.
 */
async function askEntrance(address: Address): Promise<void> {
  const health = await ask(address, '/healthz');
  if (health.status !== 200) throw new Refusal(`The new ${entrance} answers /healthz with ${describeReply(health)}`);
  const document = await ask(address, '/openapi.json');
  if (document.status !== 200)
    throw new Refusal(`The new ${entrance} has no /openapi.json: ${describeReply(document)}`);
  const body = { email: `smoke-${Date.now()}@example.invalid`, password: 'nobody has this password' };
  const signIn = await ask(address, '/v1/session', { method: 'POST', body, timeoutMs: 15_000 });
  if (signIn.status === 0 || signIn.status >= 500)
    throw new Refusal(
      `The new ${entrance} cannot use the services behind it: a sign-in was answered ${describeReply(signIn)}`,
    );
}

async function expectCleanEnd(trial: Trial): Promise<void> {
  const end = await Promise.race([trial.ended, delay(STOP_TIMEOUT_MS, 'not within 20 s', { ref: false })]);
  // A service that does not stop cleanly would lose requests at the next release.
  if (end !== 'exit code 0') throw failure(trial, `did not stop cleanly (${end})`);
}

function failure({ service, lines }: Trial, what: string): Refusal {
  const said = lines.map((line) => `  ${readableLine(line)}`).join('\n');
  return new Refusal(`${said}\n\nThe new ${service} ${what}.`.trim());
}
