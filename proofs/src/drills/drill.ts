import type { World } from '../prometheus.ts';

/** Causes a fault and returns a function that ends it. */
export type Fault = (world: Pick<World, 'platform' | 'signal'>) => Promise<() => unknown>;

export interface Drill {
  alert: string;
  /** A description of the fault. */
  what: string;
  /** The service that the alert must name, if any. */
  service?: string;
  begin: Fault;
  /** Runs before the platform starts. Returns settings for its services. */
  prepare?: () => Promise<Record<string, string>>;
  /** Further scrape configurations. */
  jobs?: () => Promise<object[]>;
}
