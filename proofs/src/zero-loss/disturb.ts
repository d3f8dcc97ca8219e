/** Plans the disturbances of a platform under PM2 or Docker Compose. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Edge } from '../edges.ts';
import type { Random } from '../random.ts';
import type { ComposePlatform } from './compose-platform.ts';
import type { Disturbance } from './outcomes.ts';
import type { Pm2Platform } from './pm2-platform.ts';

const OLD_WORKERS_MS = 2_000;
const CONTAINERS = ['gateway', 'accounts', 'activity'] as const;

export interface Plan {
  name: string;
  times: number;
  /** Causes the disturbance. Resolves when the disturbance is over. */
  make: (random: Random, number: number) => Promise<Partial<Pick<Disturbance, 'detail' | 'death' | 'badShare'>> | void>;
}

export function pm2Plans(platform: Pm2Platform, times: Record<'reloads' | 'kills' | 'deploys', number>): Plan[] {
  return [
    {
      name: 'pm2 reload all',
      times: times.reloads,
      // The reload changes the environment too, as a release does.
      make: (_, number) => platform.reload({ VERSION: `reload-${number}` }),
    },
    {
      name: 'worker killed (kill -9)',
      times: times.kills,
      async make(random) {
        const all = await platform.workers();
        // Do not kill the only worker of a service.
        const worker = random.pick(all.filter(({ name }) => all.filter((one) => one.name === name).length > 1));
        return { death: await platform.kill(worker), detail: worker.name };
      },
    },
    {
      name: 'deploy of a broken build',
      times: times.deploys,
      async make(random) {
        // A release first tries a new build under a separate PM2. Both builds fail in this trial, because the build
        // `never-ready` never becomes ready, and the build `never-ready-in-worker` never becomes ready under PM2.
        const fault = random.pick(['never-ready', 'never-ready-in-worker'] as const);
        await platform.deployBroken(fault);
        return { detail: fault };
      },
    },
  ];
}

export function edgeReloads({ name, reload }: Edge, times: number): Plan {
  return {
    name: `${name} reload`,
    times,
    async make() {
      await reload();
      await delay(OLD_WORKERS_MS); // clients must have time to notice that the old workers close their connections
    },
  };
}

/** @param times rolls: number of replacements of each service. kills: number of killed containers in total */
export function composePlans(platform: ComposePlatform, times: Record<'rolls' | 'kills', number>): Plan[] {
  return [
    ...CONTAINERS.map((service) => ({
      name: `${service}: containers replaced`,
      times: times.rolls,
      make: async () => void (await platform.roll(service)),
    })),
    {
      name: 'container killed (SIGKILL)',
      times: times.kills,
      async make(random) {
        const service = random.pick(CONTAINERS);
        return { death: await platform.kill(service), detail: service };
      },
    },
  ];
}
