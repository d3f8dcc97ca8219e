import type { OwnPlatform } from '@mainstay/platform/start/own-platform';

export interface World {
  platform: OwnPlatform;
  signal: AbortSignal;
}
/** Causes a fault and returns a function that ends it. */
export type Fault = (world: World) => Promise<() => unknown>;

/** How to cause one alert. */
export interface Drill {
  alert: string;
  /** A description of the fault. */
  what: string;
  /** The service that the alert must name, if any. */
  service?: string;
  /** Programs that the drill needs besides Prometheus. */
  programs?: string[];
  begin: Fault;
  /** Runs before the platform starts. Returns settings for its services. */
  prepare?: () => Promise<Record<string, string>>;
  /** Further scrape configurations. */
  jobs?: (platform: OwnPlatform) => Promise<object[]>;
  close?: () => Promise<unknown>;
}
