// @ts-check
/** What is done to the platform under load. */
import { setTimeout as delay } from 'node:timers/promises';

const OLD_WORKERS_MS = 2_000;
const CONTAINERS = /** @type {const} */ (['gateway', 'accounts', 'activity']);

/** @typedef {import('./pm2-platform.mjs').Pm2Platform} Pm2Platform */
/** @typedef {import('./compose-platform.mjs').ComposePlatform} ComposePlatform */
/** @typedef {import('../campaign/random.mjs').Random} Random */
/**
 * @typedef {object} Plan
 * @property {string} name
 * @property {number} times
 * @property {(random: Random, number: number) => Promise<{ detail?: string, death?: import('./outcomes.mjs').Death, badShare?: number }>} make resolves when it is over
 */

/** Every worker replaced, as a deploy does, with a new environment. @param {Pm2Platform} platform @param {number} times @returns {Plan} */
export function reloads(platform, times) {
  return {
    name: 'pm2 reload all',
    times,
    async make(_, number) {
      await platform.reload({ VERSION: `reload-${number}` });
      return {};
    },
  };
}

/** One worker of chance killed with kill -9, of those that are not alone. @param {Pm2Platform} platform @param {number} times @returns {Plan} */
export function kills(platform, times) {
  return {
    name: 'worker killed (kill -9)',
    times,
    async make(random) {
      const all = await platform.workers();
      const worker = random.pick(all.filter(({ name }) => all.filter((one) => one.name === name).length > 1));
      return { death: await platform.kill(worker), detail: worker.name };
    },
  };
}

/** An edge takes up its configuration anew. @param {import('./edges.mjs').Edge} edge @param {number} times @returns {Plan} */
export function edgeReloads(edge, times) {
  return {
    name: `${edge.name} reload`,
    times,
    async make() {
      await edge.reload();
      await delay(OLD_WORKERS_MS); // the old workers' clients meet their end
      return {};
    },
  };
}

/** A deploy of a build that never becomes ready, in its trial or only under PM2. @param {Pm2Platform} platform @param {number} times @returns {Plan} */
export function brokenDeploys(platform, times) {
  return {
    name: 'deploy of a broken build',
    times,
    async make(random) {
      const fault = random.pick(/** @type {const} */ (['never-ready', 'never-ready-in-worker']));
      await platform.deployBroken(fault);
      return { detail: fault };
    },
  };
}

/** All containers of a service replaced. @param {ComposePlatform} platform @param {number} times of each service @returns {Plan[]} */
export function rolls(platform, times) {
  return CONTAINERS.map((service) => ({
    name: `${service}: containers replaced`,
    times,
    async make() {
      await platform.roll(service);
      return {};
    },
  }));
}

/** One container of chance killed. @param {ComposePlatform} platform @param {number} times @returns {Plan} */
export function containerKills(platform, times) {
  return {
    name: 'container killed (SIGKILL)',
    times,
    async make(random) {
      const service = random.pick(CONTAINERS);
      return { death: await platform.kill(service), detail: service };
    },
  };
}
