// @ts-check
/** The three services as processes: what each is told, when it is ready, and what of its log is shown. */
import { join } from 'node:path';
import { followLog, readableLine } from './follow-log.mjs';
import { root } from './root.mjs';
import { services } from './settings.mjs';
import { Refusal, progress } from './terminal.mjs';

/** @typedef {import('./settings.mjs').Service} Service */
/** @typedef {import('../../platform/src/processes/supervised-process.ts').SupervisedProcess} SupervisedProcess */

/** As .vscode/launch.json has them. 9229 is left to other programs. */
const inspectPorts = { gateway: 9230, accounts: 9231, activity: 9232 };

/**
 * Starts all services at once and keeps them running.
 * @param {import('./settings.mjs').Settings} settings
 * @param {import('./open-platform-stores.mjs').Foundation} foundation
 * @param {Pick<import('./shutdown.mjs').Shutdown, 'onClose' | 'signal'>} shutdown their closer is registered with it
 * @param {object} [options]
 * @param {(sentence: string) => void} [options.tell] hears what happens; by default the terminal does
 * @param {boolean} [options.showLogs] their warnings and errors too
 * @param {Record<string, string>} [options.environment] settings beside those that follow from the stores
 * @param {boolean} [options.inspect] lets debuggers attach; where a port is taken, Node.js says so and goes on
 * @returns {Promise<Record<Service, SupervisedProcess>>}
 * @throws Refusal with the last lines of each service that does not become ready
 */
export async function startServices(settings, foundation, shutdown, options = {}) {
  const { tell = progress, showLogs = true, environment = {}, inspect = false } = options;
  const { supervise } = await import('../../platform/src/processes/supervised-process.ts');
  /** @type {SupervisedProcess[]} */
  const running = [];
  shutdown.onClose(async () => {
    tell('Stopping the services');
    await Promise.all(running.map((service) => service.stop()));
  });
  const started = await Promise.allSettled(
    services.map(async (name) => {
      const plan = planOf(name, settings, { ...environmentOf(name, settings, foundation), ...environment });
      if (inspect) plan.args.unshift(`--inspect=127.0.0.1:${inspectPorts[name]}`);
      if (showLogs) shutdown.onClose(followLog(plan.logFile, (line) => tell(`${name}: ${line}`)));
      const service = await supervise(plan, { report: tell, attempts: 3, signal: shutdown.signal });
      running.push(service);
      tell(`${name} is ready on port ${settings.ports[name].port}`);
      return /** @type {const} */ ([name, service]);
    }),
  );
  const failures = started.flatMap((result) => (result.status === 'rejected' ? [String(result.reason.message)] : []));
  if (failures.length > 0) throw new Refusal(failures.join('\n'));
  const entries = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  return /** @type {Record<Service, SupervisedProcess>} */ (Object.fromEntries(entries));
}

/**
 * @param {Service} name
 * @param {import('./settings.mjs').Settings} settings
 * @param {NodeJS.ProcessEnv} env
 * @returns {import('../../platform/src/processes/process-plan.ts').ProcessPlan}
 */
function planOf(name, { dataDirectory, ports }, env) {
  const { port, managementPort } = ports[name];
  const prefix = name.toUpperCase();
  return {
    name,
    command: process.execPath,
    args: ['--enable-source-maps', join(root, 'services', name, 'dist/main.js')],
    cwd: root,
    env,
    recordFile: join(dataDirectory, `${name}.pid`),
    logFile: join(dataDirectory, 'logs', `${name}.log`),
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 60_000, // above the drain's own limits
    readyTimeoutMs: 60_000,
    ports: [
      { port, setting: `${prefix}_PORT` },
      { port: managementPort, setting: `${prefix}_MANAGEMENT_PORT` },
    ],
    isReady: () => isReady(managementPort),
    readable: readableLine,
  };
}

/**
 * Each service gets what it needs, and no other's key.
 * @param {Service} name
 * @param {import('./settings.mjs').Settings} settings
 * @param {import('./open-platform-stores.mjs').Foundation} foundation
 * @returns {NodeJS.ProcessEnv}
 */
function environmentOf(name, { ports, find }, { stores, secrets }) {
  const prefix = name.toUpperCase();
  const { SESSION_SECRET, CURSOR_SECRETS, IDENTITY_PRIVATE_KEYS, IDENTITY_PUBLIC_KEYS } = secrets;
  const own = {
    gateway: {
      SESSION_SECRET,
      IDENTITY_PRIVATE_KEYS,
      ACCOUNTS_URL: find('ACCOUNTS_URL') ?? `http://127.0.0.1:${ports.accounts.port}`,
      ACTIVITY_URL: find('ACTIVITY_URL') ?? `http://127.0.0.1:${ports.activity.port}`,
    },
    accounts: { DATABASE_URL: stores.postgres.url, CURSOR_SECRETS, IDENTITY_PUBLIC_KEYS },
    activity: { MONGO_URL: stores.mongo.url, CURSOR_SECRETS, IDENTITY_PUBLIC_KEYS },
  };
  return {
    ...process.env,
    NODE_ENV: process.env.NODE_ENV ?? 'development',
    // No load balancer has to notice, and a browser's idle connections are not worth waiting for.
    PRE_DRAIN_DELAY_MS: find('PRE_DRAIN_DELAY_MS') ?? '0',
    DRAIN_WINDOW_MS: find('DRAIN_WINDOW_MS') ?? '2000',
    REDIS_URL: stores.redis.urls[name],
    [`${prefix}_PORT`]: String(ports[name].port),
    [`${prefix}_MANAGEMENT_PORT`]: String(ports[name].managementPort),
    ...own[name],
  };
}

/** @param {number} managementPort */
async function isReady(managementPort) {
  const reply = await fetch(`http://127.0.0.1:${managementPort}/readyz`, { signal: AbortSignal.timeout(2000) }).catch(
    () => undefined,
  );
  await reply?.body?.cancel();
  return reply?.status === 200;
}
