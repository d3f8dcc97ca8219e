import type { ProcessPlan } from '../processes/process-plan.ts';

export type StoreName = 'postgres' | 'redis' | 'mongo';

/** How messages name a store. */
export const STORE_TITLES = { postgres: 'PostgreSQL', redis: 'Redis', mongo: 'MongoDB' } as const;
/** Next to the management ports of the services. */
export const DEFAULT_PORTS = { postgres: 3910, redis: 3911, mongo: 3912 };
/** The environment variables that move these ports. */
export const PORT_SETTINGS = {
  postgres: 'STORES_POSTGRES_PORT',
  redis: 'STORES_REDIS_PORT',
  mongo: 'STORES_MONGO_PORT',
} as const;

/** Where a store keeps its data and on which port of 127.0.0.1 it listens. */
export interface StorePlace {
  directory: string;
  port: number;
  /** The setting that moves the port, for the message about a taken one. */
  portSetting: string;
  /** For tests: a crash may lose the data, so that nothing waits for a disk. */
  throwaway: boolean;
  /** Gets one sentence about what is being done. */
  progress: (sentence: string) => void;
}

/** How to start a store, and how to reach it. */
export interface PlannedStore {
  plan: ProcessPlan;
  /** The URL with which its administrator, or every user of a store without users, connects. */
  url: string;
  /** The program and its version. */
  servedBy: string;
  /** Runs once the store is ready. */
  afterStart?: () => Promise<void>;
}
