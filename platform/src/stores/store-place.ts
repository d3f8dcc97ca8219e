import type { ProcessPlan } from '../processes/process-plan.ts';

export type StoreName = 'postgres' | 'redis' | 'mongo';

/** The names of the stores in messages. */
export const STORE_TITLES = { postgres: 'PostgreSQL', redis: 'Redis', mongo: 'MongoDB' } as const;
/** The default ports, which follow the management ports of the services. */
export const DEFAULT_PORTS = { postgres: 3910, redis: 3911, mongo: 3912 };
/** The settings that change these ports. */
export const PORT_SETTINGS = {
  postgres: 'STORES_POSTGRES_PORT',
  redis: 'STORES_REDIS_PORT',
  mongo: 'STORES_MONGO_PORT',
} as const;

/** The directory of a store's data, and its port of 127.0.0.1. */
export interface StorePlace {
  directory: string;
  port: number;
  /** The setting that changes the port, for the message that the port is in use. */
  portSetting: string;
  /** For tests: the store does not wait for the disk, so a crash may lose data. */
  throwaway: boolean;
  /** Called with one sentence for each step. */
  progress: (sentence: string) => void;
}

/** The plan of a store, and its URL. */
export interface PlannedStore {
  plan: ProcessPlan;
  /** The URL for the administrator. A store without users has one URL for all clients. */
  url: string;
  /** The program and its version. */
  servedBy: string;
  /** Called when the store is ready. */
  afterStart?: () => Promise<void>;
}
