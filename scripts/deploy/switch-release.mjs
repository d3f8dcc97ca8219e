// @ts-check
/** Brings all apps to a release, or back. */
import { realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import { Refusal, progress } from '../../platform/src/terminal.ts';
import { readCrews } from './app-plans.mjs';
import { currentRelease } from './places.mjs';
import { startBeside, stopOthers } from './replace-workers.mjs';
import { addressesOf, services } from './service-addresses.mjs';

/** @typedef {import('./pm2-daemon.mjs').Pm2} Pm2 */

/**
 * The folder of what serves now: where `current` leads if workers run it, else where the workers were started by hand.
 * @param {Pm2} pm2
 * @param {import('./places.mjs').Places} places
 * @returns {Promise<string | null>} null where nothing runs
 */
export async function servingFolder(pm2, places) {
  const current = await currentRelease(places);
  const workers = await platformWorkers(pm2);
  if (current && workers.some(({ folder }) => folder === current)) return current;
  const gateway = workers.find(({ app, status }) => app === 'gateway' && status === 'online');
  return gateway?.folder ?? workers[0]?.folder ?? null;
}

/**
 * First one new worker of every app: what a smoke test cannot know (PM2, the cluster, the real ports) shows before anything that serves is stopped. Then
 * app by app, those that serve others first. The first failure ends it.
 * @param {Pm2} pm2
 * @param {import('./releases.mjs').Release} release
 * @param {{ signal: AbortSignal, settleMs: number }} options
 */
export async function switchTo(pm2, release, { signal, settleMs }) {
  const crews = await readCrews(release);
  const addresses = addressesOf(release.folder);
  const changes = services.map((service) => {
    const change = { pm2, crew: crews[service], addresses: addresses[service], folder: release.folder };
    return { ...change, settleMs, signal, tell: progress };
  });
  /** @type {Map<object, import('./pm2-daemon.mjs').Worker[]>} */
  const first = new Map();
  for (const change of changes) {
    progress(`${change.crew.app.name}: a first new worker beside those that serve`);
    first.set(change, await startBeside(change, 1));
  }
  for (const change of changes) {
    await startBeside(change, change.crew.count, first.get(change));
    await stopOthers(change);
  }
  await checkAll(pm2, release, crews);
}

/**
 * Undoes what was begun: each app gets its workers from `from` again, as many as it had, and loses all others. The gateway goes first, because a new
 * one may ask the services for what only new ones know. An app that fails does not keep the others from going back.
 * @param {Pm2} pm2
 * @param {{ from: string | null, to: string }} journal
 * @throws Refusal of the first app that failed
 */
export async function goBack(pm2, { from, to }) {
  if (from === null) {
    const begun = (await platformWorkers(pm2)).filter(({ folder }) => folder === to);
    await Promise.all(begun.map((worker) => pm2.removeWorker(worker, 60_000)));
    return;
  }
  const folder = await realpath(from);
  const crews = await readCrews({ id: basename(folder), folder });
  const addresses = addressesOf(folder);
  /** @type {unknown[]} */
  const failures = [];
  for (const service of [...services].reverse()) {
    const change = { pm2, crew: crews[service], addresses: addresses[service], folder, settleMs: undefined };
    const signal = new AbortController().signal; // nothing interrupts it
    await returnTo({ ...change, signal, tell: () => undefined }).catch((error) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}

/** @param {import('./replace-workers.mjs').Change} change */
async function returnTo(change) {
  await startBeside(change, change.crew.count);
  await stopOthers(change);
}

/** @param {Pm2} pm2 */
export async function platformWorkers(pm2) {
  const names = new Set(/** @type {string[]} */ ([...services]));
  return (await pm2.workers()).filter(({ app }) => names.has(app));
}

/**
 * @param {Pm2} pm2
 * @param {import('./releases.mjs').Release} release
 * @param {Awaited<ReturnType<typeof readCrews>>} crews
 */
async function checkAll(pm2, { folder, id }, crews) {
  const workers = await platformWorkers(pm2);
  for (const service of services) {
    const own = workers.filter(({ app }) => app === service);
    const good = own.filter((worker) => worker.folder === folder && worker.status === 'online');
    if (own.length === good.length && good.length >= crews[service].count) continue;
    throw new Refusal(
      `${service} was to have ${crews[service].count} workers of ${id} alone, but has ${good.length} of ${own.length}.`,
    );
  }
}
