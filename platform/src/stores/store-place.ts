import { join } from 'node:path';
import type { ProcessPlan } from '../processes/supervised-process.ts';

/** Each store has a name for messages, a default port and a setting for the port. */
export const STORES = {
  postgres: { title: 'PostgreSQL', port: 3910, setting: 'STORES_POSTGRES_PORT' },
  redis: { title: 'Redis', port: 3911, setting: 'STORES_REDIS_PORT' },
  mongo: { title: 'MongoDB', port: 3912, setting: 'STORES_MONGO_PORT' },
} as const;

export type StoreName = keyof typeof STORES;

export interface StorePlace {
  directory: string;
  port: number;
  /** Whether the store is for tests. A store for tests does not wait for the disk, so a crash can lose data. */
  throwaway: boolean;
  progress: (sentence: string) => void;
}

export interface PlannedStore {
  plan: ProcessPlan;
  /** For PostgreSQL, the URL of the first database in services.ts. For Redis, the URL for a user with all rights. */
  url: string;
  servedBy: string;
  afterStart?: () => Promise<void>;
}

type Own = Pick<ProcessPlan, 'command' | 'args' | 'cwd' | 'user' | 'prepare'> & { stopSignal?: NodeJS.Signals };

/** Returns `own` with the fields that all stores need. @param ping rejects while the store is not ready */
export function storePlan(
  store: StoreName,
  { directory, port }: StorePlace,
  { ping, ...own }: Own & { ping: () => Promise<void> },
): ProcessPlan {
  const { title, setting } = STORES[store];
  return {
    stopSignal: 'SIGTERM',
    ...own,
    isReady: async () => (await Promise.allSettled([ping()]))[0].status === 'fulfilled',
    name: title,
    recordFile: join(directory, `${store}.pid`),
    logFile: join(directory, 'logs', `${store}.log`),
    stopTimeoutMs: 20_000,
    // Redis is not ready while it loads its append-only file. A large file takes time, so wait up to a minute.
    readyTimeoutMs: 60_000,
    ports: [{ port, setting }],
  };
}
