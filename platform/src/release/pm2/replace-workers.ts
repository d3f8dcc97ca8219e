/**
 * Brings all apps to a release: new workers start beside the old ones and are watched, and only then the old ones
 * stop. `pm2 reload` skips the watching: when listen_timeout is over, it stops the old worker even if the new one has
 * failed. docs/decisions/0012-release-under-pm2.md
 */
import { setTimeout as delay } from 'node:timers/promises';
import { entrance, releaseOrder, serviceNames, type ServiceName } from '../../services.ts';
import { Refusal, progress } from '../../terminal.ts';
import { addressesOf, readCrews, type Addresses, type AppPlan, type Crew } from './app-plans.ts';
import { ask, describeReply } from './ask.ts';
import type { Pm2Client, Worker } from './pm2-client.ts';
import { lastErrors, logSizes } from './worker-logs.ts';

const LOOK_EVERY_MS = 250;
const TRUSTED_PATIENCE_MS = 60_000;

/** How a release is brought in. */
export interface Course {
  signal: AbortSignal;
  /** How long new workers are watched. Undefined: the release has served before, so its workers are not watched, and a start is repeated. */
  settleMs: number | undefined;
}

interface Change extends Course, Crew {
  pm2: Pm2Client;
  addresses: Addresses;
}

/** The platform's workers, of any release. */
export async function platformWorkers(pm2: Pm2Client): Promise<Worker[]> {
  return (await pm2.workers()).filter(({ app }) => serviceNames.includes(app as ServiceName));
}

/**
 * First one new worker of every app, so that faults that a trial cannot show (the cluster, the real ports) appear
 * before any old worker is stopped. Then app by app.
 * @throws Refusal at the first failure, with the last log lines of the new worker
 */
export async function bringIn(pm2: Pm2Client, id: string, folder: string, course: Course): Promise<void> {
  const crews = await readCrews(id, folder);
  const addresses = addressesOf(folder);
  const changes = releaseOrder.map((name) => ({ pm2, ...crews[name], addresses: addresses[name], ...course }));
  for (const change of changes) await startBeside(change, 1);
  for (const change of changes) {
    await startBeside(change, change.count);
    await stopOthers(change);
  }
  await checkAll(pm2, changes);
}

/**
 * Brings all apps back to a former release, the gateway first: a new gateway may send requests that only new services
 * understand. The failure of one app does not keep the others from going back.
 * @throws Refusal of the first app that failed
 */
export async function bringBack(pm2: Pm2Client, id: string, folder: string): Promise<void> {
  const crews = await readCrews(id, folder);
  const addresses = addressesOf(folder);
  const failures: unknown[] = [];
  for (const name of releaseOrder.toReversed()) {
    const course = { settleMs: undefined, signal: new AbortController().signal };
    const change = { pm2, ...crews[name], addresses: addresses[name], ...course };
    await startBeside(change, change.count)
      .then(() => stopOthers(change))
      .catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}

/** Starts workers beside the old ones, until `count` of this release are online. Stops nothing. */
async function startBeside(change: Change, count: number): Promise<void> {
  const started = await ownWorkers(change);
  while (started.length < count) {
    change.signal.throwIfAborted();
    started.push(await startOne(change));
  }
  await watch(change, started);
}

/** The online workers of this release. Others of it have failed, and are removed. */
async function ownWorkers({ pm2, app }: Change): Promise<Worker[]> {
  const own = (await pm2.workers()).filter((worker) => worker.app === app.name && worker.folder === app.cwd);
  const failed = own.filter(({ status }) => status !== 'online');
  await Promise.all(failed.map((worker) => pm2.removeWorker(worker, app.kill_timeout)));
  return own.filter((worker) => !failed.includes(worker));
}

async function startOne({ pm2, app, settleMs, signal }: Change): Promise<Worker> {
  const attempts = settleMs === undefined ? 3 : 1;
  const patienceMs = Math.max(app.listen_timeout, settleMs === undefined ? TRUSTED_PATIENCE_MS : 0);
  for (let attempt = 1; ; attempt += 1) {
    const before = await logSizes(app);
    const { id, worker, isReady } = await pm2.startWorker(app, { patienceMs, signal });
    if (isReady && worker) return worker;
    if (id !== undefined) await pm2.removeWorker({ id }, app.kill_timeout);
    if (attempt < attempts) continue;
    const what = worker?.restarts ? 'ended before it was ready' : 'did not become ready in time';
    throw await failure(app, before, `A new worker of ${app.name} ${what}.`);
  }
}

/** @throws Refusal when a worker ends, restarts, or sends a wrong reply */
async function watch({ pm2, app, addresses, settleMs, signal }: Change, workers: Worker[]): Promise<void> {
  if (settleMs === undefined) return;
  const before = await logSizes(app);
  const until = performance.now() + settleMs;
  do {
    signal.throwIfAborted();
    const now = new Map((await pm2.workers()).map((worker) => [worker.id, worker]));
    for (const { id, pid, restarts } of workers) {
      const worker = now.get(id);
      if (worker?.status === 'online' && worker.pid === pid && worker.restarts === restarts) continue;
      throw await failure(app, before, `A new worker of ${app.name} was ready, and ended.`);
    }
    for (const address of [addresses.management, addresses.open]) {
      const path = address === addresses.management ? '/readyz' : '/healthz';
      if (path === '/healthz' && app.name !== entrance) continue;
      const reply = await ask(address, path);
      if (reply.status !== 200) throw new Refusal(`${app.name} answers ${path} with ${describeReply(reply)}`);
    }
    await delay(Math.min(LOOK_EVERY_MS, settleMs));
  } while (performance.now() < until);
}

async function failure(app: AppPlan, before: Map<string, number>, sentence: string): Promise<Refusal> {
  return new Refusal(`${await lastErrors(app, before)}\n\n${sentence}`.trim());
}

/** Stops the app's workers of other releases, each with its whole drain. */
async function stopOthers({ pm2, app, settleMs }: Change): Promise<void> {
  const others = (await pm2.workers()).filter((worker) => worker.app === app.name && worker.folder !== app.cwd);
  if (others.length > 0 && settleMs !== undefined)
    progress(`${app.name}: the new workers serve; ${others.length} former ones finish what they have begun`);
  await Promise.all(others.map((worker) => pm2.removeWorker(worker, app.kill_timeout)));
}

async function checkAll(pm2: Pm2Client, changes: Change[]): Promise<void> {
  const workers = await pm2.workers();
  for (const { app, count } of changes) {
    const own = workers.filter((worker) => worker.app === app.name);
    const good = own.filter(({ folder, status }) => folder === app.cwd && status === 'online');
    if (own.length === good.length && good.length >= count) continue;
    throw new Refusal(
      `${app.name} should have ${count} workers of this release alone, but has ${good.length} of ${own.length}.`,
    );
  }
}
