/**
 * Makes a release, migrates, and tries the release on spare ports. Then points the link `current` to the release and
 * reloads app after app under PM2. If an app does not serve, goes back to the former release.
 * docs/decisions/0012-release-under-pm2.md
 */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { tailOf } from '../../processes/process-log.ts';
import { runProgram } from '../../processes/run-program.ts';
import { root } from '../../root.ts';
import { entrance, migrations, releaseOrder, serviceNames, serviceOf, type ServiceName } from '../../services.ts';
import { readSettings, type Settings } from '../../settings.ts';
import { readableLine } from '../../start/follow-log.ts';
import { takeLock } from '../../start/lock.ts';
import { Refusal, during, progress } from '../../terminal.ts';
import { interruption } from '../interruption.ts';
import { expectReply } from './ask.ts';
import { makeRelease } from './make-release.ts';
import { pm2, readApps, removeApps, saveApps, workersOf, type App, type Worker } from './pm2.ts';
import * as releases from './releases.ts';
import type { Places, Release } from './releases.ts';
import { stopTrial, tryRelease } from './try-release.ts';

const MIGRATION_TIMEOUT_MS = 10 * 60_000;
const LOOK_EVERY_MS = 1_000;

interface Watch {
  signal?: AbortSignal;
  /** Time for which the new workers of an app must serve. */
  settleMs: number;
}

/** Runs `npm run release -- pm2 …`. */
export async function releaseByPm2(args: string[]): Promise<void> {
  const { list, ref, from, release: id, ...order } = readOrder(args);
  const places = await releases.openPlaces(order.base);
  if (list) return console.log(await releases.describeReleases(places));
  const lock = await takeLock(places.base, 'npm run release');
  const signal = interruption();
  try {
    await recover(places);
    const source = from ? { from: resolve(from) } : { ref: ref ?? 'HEAD' };
    const release = id ? await releases.findRelease(places, id) : await makeRelease(places, source, signal);
    progress(`Release ${release.id}, from ${release.source}`);
    await migrate(places, release, signal);
    await tryRelease(places, release, { ...order, timeoutMs: order.trialTimeoutMs, signal });
    await putIntoService(places, release, { ...order, signal });
    progress(`${release.id} serves`);
  } finally {
    await tidyUp(places, order.keep);
    await lock.release();
  }
}

async function putIntoService(places: Places, release: Release, watch: Watch): Promise<void> {
  const former = await releases.releaseAt(places.current);
  if (former) await releases.lead(places.former, former);
  await releases.lead(places.current, release);
  try {
    await during('Reloading', () => bring(places, release, releaseOrder, watch));
  } catch (error) {
    progress('The release failed: going back');
    const after = await goBack(places, former).catch(
      (failure: Error) => `Going back failed too: ${failure.message}\nThe next release begins by going back.`,
    );
    throw new Refusal(`${(error as Error).message}\n\n${release.id} was not taken. ${after}`);
  }
  await releases.markServed(release);
  await rm(places.former, { force: true });
}

/** Reloads apps, one after the other, to the release that `current` points to. */
async function bring(places: Places, { id }: Release, order: readonly string[], watch: Watch): Promise<void> {
  const apps = await readApps(places.current, places.current);
  for (const app of order.flatMap((name) => apps.filter((one) => one.name === name))) {
    watch.signal?.throwIfAborted();
    await reload(places, app, id);
    await expectServing(places, app, id, watch);
  }
}

async function reload({ current }: Places, { name, instances }: App, id: string): Promise<void> {
  let before = await workersOf([name]);
  // A killed command may have started a reload that still runs.
  for (; before.some(isChanging); before = await workersOf([name])) await delay(LOOK_EVERY_MS);
  // PM2 7.0.4 starts a worker twice if the worker waits for a restart during a reload. Therefore delete such workers first.
  const broken = before.filter((worker) => !isOnline(worker));
  if (broken.length > 0) await pm2(['delete', ...broken.map((worker) => worker.id)]);
  if (before.length === instances && before.every((worker) => worker.version === id && isOnline(worker))) return;
  const env = { MAINSTAY_DIRECTORY: current };
  const failing = new AbortController();
  const isOver = new AbortController();
  const args = ['startOrReload', join(current, 'ecosystem.config.js'), '--only', name, '--update-env'];
  await Promise.all([
    pm2(args, env, failing.signal).finally(() => isOver.abort()),
    // If a new worker ends, the reload must end. PM2 would continue and stop one old worker after the other.
    untilOneFails(name, id, isOver.signal).then((why) => failing.abort(why)),
  ]);
  if ((await workersOf([name])).length !== instances) await pm2(['scale', name, String(instances)], env);
}

/** Resolves to a Refusal when a new worker has ended, or to undefined when the reload is over. */
async function untilOneFails(name: string, id: string, isOver: AbortSignal): Promise<Refusal | undefined> {
  while (!isOver.aborted) {
    const workers = (await workersOf([name])).filter((worker) => worker.version === id);
    const failed = workers.filter((worker) => !isOnline(worker) && !isChanging(worker));
    if (failed.length > 0) return new Refusal(`A new worker of ${name} ended.${await logOf(failed)}`);
    await delay(LOOK_EVERY_MS);
  }
  return undefined;
}

/**
 * Checks the workers of an app for `settleMs`.
 * @throws Refusal, with the last log lines, when a worker has another release or ends, or the app does not respond with 200
 */
async function expectServing(places: Places, { name, instances }: App, id: string, watch: Watch): Promise<void> {
  const settings = readSettings(places.current);
  const { port, managementPort } = serviceOf(name);
  const until = performance.now() + watch.settleMs;
  const first = await workersOf([name]);
  const pids = first.map(({ pid }) => pid).join();
  for (let workers = first; ; workers = await workersOf([name])) {
    const good = workers.filter((worker) => worker.version === id && isOnline(worker));
    if (good.length !== instances || workers.length !== instances || workers.map(({ pid }) => pid).join() !== pids)
      throw new Refusal(
        `${name} should have ${instances} workers that run this release and do not restart, but has ${good.length} of ${workers.length}.${await logOf(workers)}`,
      );
    await expectReply(`${addressOf(settings, name, 'MANAGEMENT_', managementPort)}/readyz`);
    if (name === entrance) await expectReply(`${addressOf(settings, name, '', port)}/healthz`);
    if (performance.now() > until) return;
    watch.signal?.throwIfAborted();
    await delay(LOOK_EVERY_MS);
  }
}

/** Returns the URL of a service for this machine. A service that listens on all addresses listens on loopback too. */
function addressOf({ find }: Settings, name: ServiceName, kind: 'MANAGEMENT_' | '', otherwise: number): string {
  const value = (key: string) => find(`${name.toUpperCase()}_${kind}${key}`, name) ?? find(`${kind}${key}`, name);
  const host = value('HOST') ?? '0.0.0.0';
  const named = host.includes(':') ? `[${host}]` : host;
  return `http://${['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : named}:${value('PORT') ?? otherwise}`;
}

function logOf([worker]: Worker[]): Promise<string> | string {
  return worker && existsSync(worker.logFile) ? tailOf(worker.logFile, 0, readableLine) : '';
}

/**
 * Goes back to the former release, the entrance first, because a new entrance may send requests that only new services
 * understand.
 * @returns a sentence that says which release serves now
 */
async function goBack(places: Places, former: Release | undefined): Promise<string> {
  if (former) {
    await releases.lead(places.current, former);
    await bring(places, former, releaseOrder.toReversed(), { settleMs: 0 });
    await rm(places.former, { force: true });
    return `${former.id} serves as before.`;
  }
  await removeApps(serviceNames);
  await rm(places.current, { force: true });
  return 'No release served before, and none serves now.';
}

/**
 * Goes back if the last command was killed during a release. If going back fails, the current command continues, because
 * its release may repair the failure.
 * @throws Refusal when the running platform was not started by a release
 */
async function recover(places: Places): Promise<void> {
  await stopTrial();
  const strange = (await workersOf(serviceNames)).find(({ folder }) => folder !== places.current);
  if (strange)
    throw new Refusal(
      `${strange.app} runs from ${strange.folder}, not from ${places.current}, and PM2 cannot move a running app to another folder. Stop the platform and release again: pm2 delete ${serviceNames.join(' ')}`,
    );
  const former = await releases.releaseAt(places.former);
  if (!former) return;
  await during('The last release did not end: going back to the one before it', () => goBack(places, former)).catch(
    (error: Error) => progress(`${error.message}\nThe running workers continue to serve, and this release continues.`),
  );
}

/** Migrations only add to the schema, so the former release works with the new schema. */
async function migrate({ base }: Places, { folder }: Release, signal: AbortSignal): Promise<void> {
  const failure = `No worker was replaced: the migration, with the settings of the environment and ${join(base, '.env')}, failed`;
  const step = { cwd: folder, signal, failure, timeoutMs: MIGRATION_TIMEOUT_MS };
  await during('Migrating (expand only)', async () => {
    for (const { service } of migrations)
      await runProgram(process.execPath, [`services/${service}/dist/migrate.js`], step);
  });
}

/** Removes old releases. The running workers do not need this step, so a failure is only reported. */
async function tidyUp(places: Places, keep: number): Promise<void> {
  try {
    await saveApps();
    const removed = await releases.pruneReleases(places, keep);
    if (removed.length > 0) progress(`Removed: ${removed.join(', ')}`);
  } catch (error) {
    progress(`Tidying up failed: ${(error as Error).message}`);
  }
}

function isChanging({ id, status }: Worker): boolean {
  return id.startsWith('_old_') || status === 'launching';
}

function isOnline({ status }: Worker): boolean {
  return status === 'online';
}

/** @throws Refusal that names the wrong or missing option */
function readOrder(args: string[]) {
  const text = { type: 'string' } as const;
  const options = { base: text, ref: text, from: text, release: text, list: { type: 'boolean' } } as const;
  let values;
  try {
    ({ values } = parseArgs({ args, options }));
  } catch (error) {
    throw new Refusal(`${(error as Error).message}\nnpm run release -- --help lists the options of this command.`);
  }
  if ([values.ref, values.from, values.release].filter((value) => value !== undefined).length > 1)
    throw new Refusal('--ref, --from and --release exclude each other: a build has one source.');
  // This command may run from a release, whose folder is BASE/releases/ID.
  const own = dirname(root) === resolve(root, '../../releases') ? resolve(root, '../..') : undefined;
  const base = values.base ?? process.env.RELEASE_BASE ?? own;
  if (!base)
    throw new Refusal('Name the folder of the releases: npm run release -- pm2 --base DIR, or set RELEASE_BASE.');
  return {
    ...values,
    base: resolve(base),
    keep: count('RELEASE_KEEP', 5, 2),
    settleMs: count('RELEASE_SETTLE_MS', 3_000, 0),
    trialTimeoutMs: count('RELEASE_TRIAL_TIMEOUT_MS', 30_000, 100),
  };
}

function count(name: string, otherwise: number, min: number): number {
  const value = Number(process.env[name] ?? otherwise);
  if (Number.isInteger(value) && value >= min) return value;
  throw new Refusal(`${name} must be a whole number from ${min}, but is "${process.env[name]}".`);
}
