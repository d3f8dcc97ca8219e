// @ts-check
/**
 * PM2's daemon, spoken to by its own client. The command line has no order for "one more worker of this app, from another folder, and tell me whether
 * it said that it is ready"; what `pm2 start` sends in the end does just that.
 */
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Refusal, progress } from '../../platform/src/terminal.ts';
import { loadPm2 } from './pm2-module.mjs';

const CALL_TIMEOUT_MS = 30_000;
/** What a worker says travels on another socket than the daemon's answer. */
const SAID_GRACE_MS = 1_000;
const LOOK_EVERY_MS = 100;
const RESTART_DELAY_MS_MAX = 15_000; // PM2's own

/**
 * @typedef {object} Worker
 * @property {number} id PM2's, of this worker
 * @property {number} pid
 * @property {string} app
 * @property {string} folder the release that it runs
 * @property {string} status
 * @property {number} restarts
 * @property {number} restartDelayMs how long PM2 waited before it last started it again
 */

/** @typedef {{ name: string, kill_timeout?: number, listen_timeout?: number, [key: string]: unknown }} AppPlan an app of ecosystem.config.js */

/** @typedef {{ id: number, worker: Worker | undefined, isReady: boolean }} Started */

/**
 * @typedef {object} Pm2
 * @property {() => Promise<Worker[]>} workers
 * @property {(app: AppPlan, patienceMs: number) => Promise<Started>} startWorker one more worker beside those there are; resolves
 *   when it has said that it is ready, has ended, or that time is over
 * @property {(worker: { id: number }, timeoutMs: number) => Promise<void>} removeWorker stops it as PM2 does, with its whole drain, and
 *   sees to it that it does not come back
 * @property {() => Promise<void>} save what `pm2 resurrect` starts, where somebody has saved before
 * @property {() => void} close
 */

/**
 * Connects to the daemon of PM2_HOME, and starts one where none runs.
 * @returns {Promise<Pm2>}
 */
export async function openPm2() {
  const { api, common, version } = loadPm2();
  await called('connect', CALL_TIMEOUT_MS, (done) => api.connect(done));
  const bus = await called('bus', CALL_TIMEOUT_MS, (done) => api.Client.launchBus(done));
  /** @type {Set<number>} */
  const ready = new Set();
  bus.on('process:msg', (/** @type {{ raw?: unknown, process: { pm_id: number } }} */ packet) => {
    if (packet.raw === 'ready') ready.add(packet.process.pm_id);
  });
  const remote = (/** @type {string} */ order, /** @type {unknown} */ argument, timeoutMs = CALL_TIMEOUT_MS) =>
    called(order, timeoutMs, (done) => api.Client.executeRemote(order, argument, done));

  const running = await remote('getVersion', {});
  if (running !== version) progress(`PM2's daemon is ${running}, its client here ${version}: run pm2 update some day`);

  /** @returns {Promise<Worker[]>} */
  const workers = async () => (await remote('getMonitorData', {})).map(workerOf);

  return {
    workers,
    async startWorker(app, patienceMs) {
      const giveUpAt = performance.now() + patienceMs;
      const plan = resolvePlan({ api, common }, app);
      // Answered when it is ready, when it has ended (and is started again), or when listen_timeout is over.
      const [started] = await remote('prepare', plan, Number(plan.listen_timeout ?? 0) + CALL_TIMEOUT_MS);
      const { id, pid } = workerOf({ ...started, pid: started.process.pid });
      const listenUntil = Math.max(giveUpAt, performance.now() + SAID_GRACE_MS);
      for (;;) {
        const worker = (await workers()).find((one) => one.id === id);
        const hasEnded = worker === undefined || worker.pid !== pid || worker.restarts > 0;
        if (hasEnded || ready.has(id)) return { id, worker, isReady: ready.has(id) && !hasEnded };
        if (performance.now() > listenUntil) return { id, worker, isReady: false };
        await delay(LOOK_EVERY_MS);
      }
    },
    async removeWorker({ id }, timeoutMs) {
      const settled = () => settledWorker(workers, id, timeoutMs);
      for (let worker = await settled(); worker; worker = await settled()) {
        await remote('deleteProcessId', id, timeoutMs + CALL_TIMEOUT_MS);
        ready.delete(id);
        if (worker.restarts > 0) await delay(Math.min(RESTART_DELAY_MS_MAX, worker.restartDelayMs * 2) + SAID_GRACE_MS);
      }
    },
    async save() {
      if (existsSync(join(api.pm2_home, 'dump.pm2')))
        await called('save', CALL_TIMEOUT_MS, (done) => api.dump(true, done));
    },
    close: () => api.disconnect(() => undefined),
  };
}

/**
 * A worker, as soon as it is not about to start: one that is stopped then comes back, because PM2 takes its end for the end of its start.
 * @param {() => Promise<Worker[]>} workers
 * @param {number} id
 * @param {number} timeoutMs
 * @returns {Promise<Worker | undefined>} undefined when there is none of that id
 */
async function settledWorker(workers, id, timeoutMs) {
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    const worker = (await workers()).find((one) => one.id === id);
    if (worker?.status !== 'launching' || performance.now() > giveUpAt) return worker;
    await delay(LOOK_EVERY_MS);
  }
}

/**
 * What `pm2 start` makes of an app before it sends it.
 * @param {{ api: any, common: any }} pm2
 * @param {AppPlan} app
 */
function resolvePlan({ api, common }, app) {
  const [verified] = [common.verifyConfs([{ namespace: 'default', ...app, instances: 1 }])].flat();
  if (verified instanceof Error) throw new Refusal(`PM2 does not take ecosystem.config.js: ${verified.message}`);
  const plan = common.resolveAppAttributes({ cwd: app.cwd, pm2_home: api.pm2_home }, verified);
  plan.env = { ...plan.env, PM2_HOME: api.pm2_home };
  return plan;
}

/**
 * @param {any} entry of PM2's list
 * @returns {Worker}
 */
function workerOf({ pid, pm2_env: env }) {
  return {
    id: env.pm_id,
    pid,
    app: env.name,
    folder: realFolder(env.pm_cwd),
    status: env.status,
    restarts: env.restart_time + (env.unstable_restarts ?? 0),
    restartDelayMs: env.prev_restart_delay ?? 0,
  };
}

/** @param {string} folder of a worker; one that was started by way of a link runs what it leads to */
function realFolder(folder) {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}

/**
 * @param {string} order
 * @param {number} timeoutMs
 * @param {(done: (error: unknown, result?: any) => void) => void} call
 * @returns {Promise<any>}
 * @throws Refusal when the daemon refuses or stays silent
 */
function called(order, timeoutMs, call) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Refusal(`PM2's daemon did not answer "${order}" within ${Math.round(timeoutMs / 1_000)} s.`));
    }, timeoutMs);
    call((error, result) => {
      clearTimeout(timer);
      if (!error) return resolve(result);
      /** @type {any} */
      const [first] = [error].flat();
      reject(new Refusal(`PM2 refused "${order}": ${first?.message ?? first?.msg ?? String(first)}`));
    });
  });
}
