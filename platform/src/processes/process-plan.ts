/** A program to run: how to start it, when it is ready, and how it is stopped. */
export interface ProcessPlan {
  name: string;
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** The user to run as, where this process is root and the program refuses that. */
  user?: { uid: number; gid: number } | undefined;
  /** Remembers the process for the next start, which stops what a killed one left behind. */
  recordFile: string;
  /** Its output is appended here; emptied at a start once it is longer than 10 MB. */
  logFile: string;
  stopSignal: NodeJS.Signals;
  stopTimeoutMs: number;
  readyTimeoutMs: number;
  /** The ports of 127.0.0.1 that it will listen on, each with the name of the setting that moves it. */
  ports: { port: number; setting: string }[];
  /** Asked until it says true. */
  isReady: () => Promise<boolean>;
  /** Runs before each start, the second and later ones too. */
  prepare?: () => Promise<void>;
  /** Makes a line of its output readable, for a message that ends with its last ones. */
  readable?: (line: string) => string;
}

/** A program that did not become ready. The message ends with the last lines that it wrote. */
export class StartError extends Error {
  override name = 'StartError';
}

/** A port that the program needs is held by another one. The message names it, with its pid. */
export class PortTakenError extends Error {
  override name = 'PortTakenError';
}
