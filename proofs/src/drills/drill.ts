import type { OwnPlatform } from '@mainstay/platform/start/own-platform';

export interface Prepared {
  environment: Record<string, string>;
  close: () => Promise<unknown>;
  mend?: () => void;
}
export interface World {
  platform: OwnPlatform;
  prepared: Prepared;
  signal: AbortSignal;
}
type Mend = () => unknown;
export interface Drill {
  alert: string;
  /** what is done, for people */
  fault: string;
  /** which the alert is to name */
  service?: string;
  /** what it needs beside Prometheus */
  programs?: string[];
  /** before the platform starts: settings of the services */
  prepare?: () => Promise<Prepared>;
  /** what Prometheus is to scrape besides */
  jobs?: (platform: OwnPlatform) => Promise<object[]>;
  /** makes the fault, and says how to mend it */
  begin: (world: World) => Promise<Mend>;
  close?: () => Promise<unknown>;
}
