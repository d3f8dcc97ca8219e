import type { OwnPlatform } from '@mainstay/platform/start/own-platform';

export interface World {
  platform: OwnPlatform;
  signal: AbortSignal;
}
/** Makes a fault, and returns what ends it. */
export type Fault = (world: World) => Promise<() => unknown>;

/** How one alert is provoked. */
export interface Drill {
  alert: string;
  /** The fault, in words. */
  what: string;
  /** The service that the alert must name. */
  service?: string;
  /** Programs that it needs beside Prometheus. */
  programs?: string[];
  begin: Fault;
  /** Before the platform starts: settings of its services. */
  prepare?: () => Promise<Record<string, string>>;
  /** Further scrape configurations. */
  jobs?: (platform: OwnPlatform) => Promise<object[]>;
  close?: () => Promise<unknown>;
}
