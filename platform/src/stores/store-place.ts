/** Where a store keeps its data and on which port of 127.0.0.1 it listens. */
export interface StorePlace {
  directory: string;
  port: number;
  /** The setting that moves the port, for a sentence about a taken one. */
  portSetting: string;
  /** For tests: data that nobody misses after a crash, so nothing waits for a disk. */
  throwaway: boolean;
  /** Gives the start up. */
  signal: AbortSignal | undefined;
  /** Told in one sentence what is being done. */
  progress: (sentence: string) => void;
}
