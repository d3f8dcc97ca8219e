import { Refusal } from '../terminal.ts';

export interface ProcessPlan {
  name: string;
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** The user that runs the program, if this process is root and the program refuses to run as root. */
  user?: { uid: number; gid: number } | undefined;
  /** A file that records the process. The next start reads the file and stops a process that a killed run left behind. */
  recordFile: string;
  /** The program's output is appended to this file. A start empties the file if it is longer than 10 MB. */
  logFile: string;
  stopSignal: NodeJS.Signals;
  stopTimeoutMs: number;
  readyTimeoutMs: number;
  /** The ports of 127.0.0.1 that the program will listen on, each with the setting that changes the port. */
  ports: { port: number; setting: string }[];
  /** Called repeatedly until it returns true, or `readyTimeoutMs` has passed. */
  isReady: () => Promise<boolean>;
  /** Called before every start and every restart. */
  prepare?: () => Promise<void>;
  readable?: (line: string) => string;
}

/** Another process uses a port that the program needs. The message names that process and its pid. */
export class PortTakenError extends Refusal {}
