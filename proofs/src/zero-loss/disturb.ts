/** What is done to the platform under load. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Pm2Platform } from './pm2-platform.ts';
import type { ComposePlatform } from './compose-platform.ts';
import type { Random } from '../campaign/random.ts';
import type { Death } from './outcomes.ts';
import type { Edge } from './edges.ts';

const OLD_WORKERS_MS = 2_000;
const CONTAINERS = ['gateway', 'accounts', 'activity'] as const;

export interface Plan {
  name: string;
  times: number;
  /** resolves when it is over */
  make: (random: Random, number: number) => Promise<{ detail?: string; death?: Death; badShare?: number }>;
}

/** Every worker replaced, as a deploy does, with a new environment. */
export function reloads(platform: Pm2Platform, times: number): Plan {
  return {
    name: 'pm2 reload all',
    times,
    async make(_, number) {
      await platform.reload({ VERSION: `reload-${number}` });
      return {};
    },
  };
}

/** One worker of chance killed with kill -9, of those that are not alone. */
export function kills(platform: Pm2Platform, times: number): Plan {
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

/** An edge takes up its configuration anew. */
export function edgeReloads(edge: Edge, times: number): Plan {
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

/** A deploy of a build that never becomes ready, in its trial or only under PM2. */
export function brokenDeploys(platform: Pm2Platform, times: number): Plan {
  return {
    name: 'deploy of a broken build',
    times,
    async make(random) {
      const fault = random.pick(['never-ready', 'never-ready-in-worker'] as const);
      await platform.deployBroken(fault);
      return { detail: fault };
    },
  };
}

/**
 * All containers of a service replaced.
 * @param times of each service
 */
export function rolls(platform: ComposePlatform, times: number): Plan[] {
  return CONTAINERS.map((service) => ({
    name: `${service}: containers replaced`,
    times,
    async make() {
      await platform.roll(service);
      return {};
    },
  }));
}

/** One container of chance killed. */
export function containerKills(platform: ComposePlatform, times: number): Plan {
  return {
    name: 'container killed (SIGKILL)',
    times,
    async make(random) {
      const service = random.pick(CONTAINERS);
      return { death: await platform.kill(service), detail: service };
    },
  };
}
