// @ts-check
/** Starts each service of a build as a process of its own, on spare ports but on the real stores, asks it a few things, and stops it. */
import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { recordProcess, sendGroup, stopRecorded } from '../../platform/src/processes/processes.ts';
import { freePort } from '../../platform/src/processes/ports.ts';
import { readableLine } from '../../platform/src/start/follow-log.ts';
import { Refusal, during } from '../../platform/src/terminal.ts';
import { ask, describeAnswer } from './ask.mjs';
import { services } from './service-addresses.mjs';

const LAST_LINES = 15;
const STOP_TIMEOUT_MS = 20_000;
const POLL_MS = 100;

/** @typedef {import('./service-addresses.mjs').Service} Service */
/** @typedef {import('./service-addresses.mjs').Addresses} Addresses */

/**
 * @typedef {object} SmokeProcess
 * @property {Service} service
 * @property {import('node:child_process').ChildProcess} child
 * @property {string[]} lines the last that it wrote
 * @property {Promise<string>} ended how it ended
 * @property {boolean} hasEnded
 */

/**
 * The processes take part in what a replica takes part in beside requests: the relay and the consumer hold leases, so at most they take turns.
 * @param {import('./places.mjs').Places} places
 * @param {import('./releases.mjs').Release} release
 * @param {{ signal: AbortSignal, timeoutMs: number }} options
 * @throws Refusal with what the service said last
 */
export async function smokeTest(places, release, { signal, timeoutMs }) {
  const addresses = await spareAddresses();
  /** @type {SmokeProcess[]} */
  const running = [];
  try {
    await during('Trying the build on spare ports', async () => {
      for (const service of services) running.push(await start(places, release, service, addresses));
      await Promise.all(running.map((smoke) => untilReady(smoke, addresses[smoke.service], { signal, timeoutMs })));
      await askGateway(addresses.gateway);
      signal.throwIfAborted();
      for (const smoke of running) sendGroup(Number(smoke.child.pid), 'SIGTERM');
      await Promise.all(running.map(expectCleanEnd));
    });
  } finally {
    await stopLeftoverSmoke(places);
  }
}

/**
 * Stops the processes of a smoke test that failed, or that belonged to a deploy which was killed.
 * @param {import('./places.mjs').Places} places
 */
export async function stopLeftoverSmoke({ smoke }) {
  const records = await readdir(smoke);
  await Promise.all(records.map((record) => stopRecorded(join(smoke, record), { timeoutMs: STOP_TIMEOUT_MS })));
}

/** @returns {Promise<Record<Service, Addresses>>} */
async function spareAddresses() {
  const spare = async () => ({ host: '127.0.0.1', port: await freePort() });
  const entries = services.map(async (service) => [service, { open: await spare(), management: await spare() }]);
  return Object.fromEntries(await Promise.all(entries));
}

/**
 * @param {import('./places.mjs').Places} places
 * @param {import('./releases.mjs').Release} release
 * @param {Service} service
 * @param {Record<Service, Addresses>} addresses
 * @returns {Promise<SmokeProcess>}
 */
async function start(places, { id, folder }, service, addresses) {
  const child = spawn(process.execPath, ['--enable-source-maps', `services/${service}/dist/main.js`], {
    cwd: folder,
    env: { ...process.env, ...environmentOf(service, addresses), VERSION: `${id}-smoke` },
    detached: true, // a Ctrl-C in the terminal is ours to pass on
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  /** @type {SmokeProcess} */
  const smoke = { service, child, lines: [], ended: Promise.resolve(''), hasEnded: false };
  smoke.ended = new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  void smoke.ended.then(() => (smoke.hasEnded = true));
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => keepLines(smoke, String(chunk)));
  if (child.pid) await recordProcess(join(places.smoke, `${service}.pid`), child.pid, `${service} of a smoke test`);
  return smoke;
}

/**
 * @param {Service} service
 * @param {Record<Service, Addresses>} addresses
 */
function environmentOf(service, addresses) {
  const prefix = service.toUpperCase();
  const { open, management } = addresses[service];
  return {
    NODE_ENV: 'production',
    METRICS_DIR: '', // its figures are not the platform's
    [`${prefix}_METRICS_DIR`]: '',
    [`${prefix}_HOST`]: open.host,
    [`${prefix}_PORT`]: String(open.port),
    [`${prefix}_MANAGEMENT_HOST`]: management.host,
    [`${prefix}_MANAGEMENT_PORT`]: String(management.port),
    GATEWAY_ACCOUNTS_URL: `http://127.0.0.1:${addresses.accounts.open.port}`,
    GATEWAY_ACTIVITY_URL: `http://127.0.0.1:${addresses.activity.open.port}`,
  };
}

/**
 * @param {SmokeProcess} smoke
 * @param {Addresses} addresses
 * @param {{ signal: AbortSignal, timeoutMs: number }} options
 */
async function untilReady(smoke, { management }, { signal, timeoutMs }) {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    signal.throwIfAborted();
    if (smoke.hasEnded) throw failure(smoke, `ended before it was ready (${await smoke.ended})`);
    const answer = await ask(management, '/readyz', { timeoutMs: 2_000 });
    if (answer.status === 200) return;
    if (performance.now() > deadline) {
      throw failure(smoke, `was not ready within ${timeoutMs} ms: ${describeAnswer(answer)}`);
    }
    await delay(POLL_MS);
  }
}

/**
 * The last of these passes through accounts and its store: an address that nobody has is refused there.
 * @param {Addresses} addresses
 */
async function askGateway({ open }) {
  const health = await ask(open, '/healthz');
  if (health.status !== 200) throw new Refusal(`The new gateway answers /healthz with ${describeAnswer(health)}`);
  const document = await ask(open, '/openapi.json');
  if (document.status !== 200) throw new Refusal(`The new gateway has no /openapi.json: ${describeAnswer(document)}`);
  const body = { email: `smoke-${Date.now()}@example.invalid`, password: 'nobody has this password' };
  const signIn = await ask(open, '/v1/session', { method: 'POST', body, timeoutMs: 15_000 });
  if (signIn.status === 0 || signIn.status >= 500) {
    throw new Refusal(`The new gateway and accounts do not get on: a sign-in was answered ${describeAnswer(signIn)}`);
  }
}

/** @param {SmokeProcess} smoke */
async function expectCleanEnd(smoke) {
  const end = await Promise.race([smoke.ended, delay(STOP_TIMEOUT_MS, 'not within 20 s', { ref: false })]);
  // One that cannot stop in peace would lose requests at the next deploy.
  if (end !== 'exit code 0') throw failure(smoke, `did not stop as it should (${end})`);
}

/**
 * @param {SmokeProcess} smoke
 * @param {string} chunk
 */
function keepLines(smoke, chunk) {
  smoke.lines.push(...chunk.split('\n').filter((line) => line.trim() !== ''));
  smoke.lines = smoke.lines.slice(-LAST_LINES);
}

/**
 * @param {SmokeProcess} smoke
 * @param {string} what
 */
function failure({ service, lines }, what) {
  const said = lines.map((line) => `  ${readableLine(line)}`).join('\n');
  return new Refusal(`${said}\n\nThe new ${service} ${what}.`.trim());
}
