import { Refusal } from '../terminal.ts';

/** A program to run: how to start it, when it is ready, and how it is stopped. */
export interface ProcessPlan {
  name: string;
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** The user to run as, if this process is root and the program refuses that. */
  user?: { uid: number; gid: number } | undefined;
  /** Records the process for the next start, which stops leftovers of a killed run. */
  recordFile: string;
  /** Its output is appended here; emptied at a start if it is longer than 10 MB. */
  logFile: string;
  stopSignal: NodeJS.Signals;
  stopTimeoutMs: number;
  readyTimeoutMs: number;
  /** The ports of 127.0.0.1 that it will listen on, each with the name of the setting that moves it. */
  ports: { port: number; setting: string }[];
  /** Called repeatedly until it returns true. */
  isReady: () => Promise<boolean>;
  /** Runs before every start, also the later ones. */
  prepare?: () => Promise<void>;
  /** Makes an output line readable, for a message that ends with the last ones. */
  readable?: (line: string) => string;
}

/** Another process holds a port that the program needs. The message names the holder, with its pid. */
export class PortTakenError extends Refusal {}
