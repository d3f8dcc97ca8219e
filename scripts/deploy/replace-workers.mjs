// @ts-check
/**
 * Brings one app to a release: new workers are started beside those that serve, watched, and only then the others are stopped. PM2's own reload does the
 * same but for the looking: when listen_timeout is over it stops the old worker whatever has become of the new one.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Refusal } from '../../platform/src/terminal.ts';
import { ask, describeAnswer } from './ask.mjs';
import { lastErrors, logSizes } from './worker-logs.mjs';

const LOOK_EVERY_MS = 250;
const DEFAULT_KILL_TIMEOUT_MS = 60_000;
const TRUSTED_PATIENCE_MS = 60_000;

/** @typedef {import('./pm2-daemon.mjs').Pm2} Pm2 */
/** @typedef {import('./pm2-daemon.mjs').Worker} Worker */

/**
 * @typedef {object} Change
 * @property {Pm2} pm2
 * @property {import('./app-plans.mjs').Crew} crew
 * @property {string} folder the release's
 * @property {import('./service-addresses.mjs').Addresses} addresses
 * @property {number | undefined} settleMs how long new workers are watched; undefined for a release that has served before: it is taken at its word
 * @property {AbortSignal} signal
 * @property {(sentence: string) => void} tell
 */

/**
 * Starts workers of the release beside whatever serves, until there are `count`. Nothing is stopped by it.
 * @param {Change} change
 * @param {number} count
 * @param {Worker[]} [already] those that an earlier call has started; else the ones that PM2 knows
 * @returns {Promise<Worker[]>} all of them, watched
 * @throws Refusal with what the new worker said last
 */
export async function startBeside(change, count, already) {
  const started = [...(already ?? (await onlineWorkers(change)))];
  while (started.length < count) {
    change.signal.throwIfAborted();
    started.push(await startOne(change));
  }
  await watch(change, started);
  return started;
}

/**
 * Stops the app's workers of any other release, each with its whole drain.
 * @param {Change} change
 */
export async function stopOthers(change) {
  const { pm2, crew, folder, tell } = change;
  const { name } = crew.app;
  const others = (await pm2.workers()).filter((worker) => worker.app === name && worker.folder !== folder);
  if (others.length > 0)
    tell(`${name}: the new workers serve; ${others.length} former ones finish what they have begun`);
  await Promise.all(others.map((worker) => remove(change, worker)));
}

/**
 * The app's workers of this release; what is left of one that has failed is removed.
 * @param {Change} change
 */
async function onlineWorkers(change) {
  const { pm2, crew, folder } = change;
  const own = (await pm2.workers()).filter((worker) => worker.app === crew.app.name && worker.folder === folder);
  const online = own.filter(({ status }) => status === 'online');
  await Promise.all(own.filter((worker) => !online.includes(worker)).map((worker) => remove(change, worker)));
  return online;
}

/**
 * @param {Change} change
 * @returns {Promise<Worker>}
 */
async function startOne(change) {
  const { crew, settleMs } = change;
  // Going back, on a machine that has more to do than ever, is no time to be strict.
  const attempts = settleMs === undefined ? 3 : 1;
  for (let attempt = 1; ; attempt += 1) {
    const before = await logSizes(crew.app);
    const { id, worker, isReady } = await startUnlessInterrupted(change);
    if (isReady && worker) return worker;
    await remove(change, { id });
    if (attempt < attempts) continue;
    const what = worker?.restarts ? 'ended before it was ready' : 'did not become ready in time';
    throw new Refusal(`${await lastErrors(crew.app, before)}\n\nA new worker of ${crew.app.name} ${what}.`.trim());
  }
}

/** @param {Change} change */
async function startUnlessInterrupted({ pm2, crew, settleMs, signal }) {
  const patienceMs = Math.max(crew.app.listen_timeout ?? 0, settleMs === undefined ? TRUSTED_PATIENCE_MS : 0);
  const interrupted = aborted(signal);
  return Promise.race([pm2.startWorker(crew.app, patienceMs), interrupted.promise]).finally(interrupted.forget);
}

/**
 * @param {Change} change
 * @param {Worker[]} workers
 * @throws Refusal when one of them ends, starts again, or an answer is bad
 */
async function watch({ pm2, crew, addresses, settleMs, signal }, workers) {
  if (settleMs === undefined) return;
  const before = await logSizes(crew.app);
  const until = performance.now() + settleMs;
  do {
    signal.throwIfAborted();
    await checkOnce(pm2, workers).catch(async (error) => {
      throw new Refusal(`${await lastErrors(crew.app, before)}\n\n${error.message}`.trim());
    });
    for (const [address, path] of /** @type {const} */ ([
      [addresses.management, '/readyz'],
      [addresses.open, '/healthz'],
    ])) {
      if (path === '/healthz' && crew.app.name !== 'gateway') continue;
      const answer = await ask(address, path);
      if (answer.status !== 200) throw new Refusal(`${crew.app.name} answers ${path} with ${describeAnswer(answer)}`);
    }
    await delay(Math.min(LOOK_EVERY_MS, settleMs));
  } while (performance.now() < until);
}

/**
 * @param {Pm2} pm2
 * @param {Worker[]} workers as they were when they became ready
 */
async function checkOnce(pm2, workers) {
  const now = new Map((await pm2.workers()).map((worker) => [worker.id, worker]));
  for (const { id, pid, app, restarts } of workers) {
    const worker = now.get(id);
    if (worker?.status !== 'online' || worker.pid !== pid || worker.restarts !== restarts) {
      throw new Refusal(`A new worker of ${app} was ready, and ended.`);
    }
  }
}

/**
 * @param {Change} change
 * @param {{ id: number }} worker
 */
function remove({ pm2, crew }, worker) {
  return pm2.removeWorker(worker, crew.app.kill_timeout ?? DEFAULT_KILL_TIMEOUT_MS);
}

/** @param {AbortSignal} signal */
function aborted(signal) {
  /** @type {() => void} */
  let onAbort = () => undefined;
  /** @type {Promise<never>} */
  const promise = new Promise((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  return { promise, forget: () => signal.removeEventListener('abort', onAbort) };
}
