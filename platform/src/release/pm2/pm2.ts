import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { tailOf } from '../../processes/process-log.ts';
import { runProgram } from '../../processes/run-program.ts';
import { root } from '../../root.ts';
import { readableLine } from '../../start/follow-log.ts';

const HOUR_MS = 3_600_000;

/** A process that PM2 runs, with the fields of PM2. */
export interface Worker {
  name: string;
  pid: number;
  /** After a reload has replaced a process, the id of the old process begins with `_old_` until the process ends. */
  pm_id: number | string;
  pm_cwd: string;
  status: string;
  restart_time: number;
  /** Number of restarts within a second of a start. A reload sets it to 0. */
  unstable_restarts: number;
  /** Unix time of the last start in milliseconds. */
  pm_uptime: number;
  exit_code?: number;
  pm_out_log_path: string;
  pm_err_log_path: string;
  /** VERSION is the id of the release, WORKERS the number of workers that the app should have. */
  env: { VERSION?: string; WORKERS?: string };
}

/** The environment without npm's own variables, because PM2 passes its environment to the workers. */
const variables = Object.entries(process.env).filter(([name]) => !name.startsWith('npm_') && name !== 'INIT_CWD');
const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.endsWith('node_modules/.bin'));
/** Lists an installed PM2 before the checkout's PM2, because PM2's daemon can outlive the checkout. */
const PATH = [dirname(process.execPath), ...folders, join(root, 'node_modules/.bin')].join(delimiter);

/** Ctrl-C does not end the PM2 command, because that would stop a reload halfway. @throws Refusal with PM2's output */
export function pm2(
  args: string[],
  env: Record<string, string> = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<string> {
  return runProgram('pm2', args, {
    env: { ...Object.fromEntries(variables), PATH, ...env },
    signal,
    failure: `pm2 ${args.join(' ')} failed`,
    timeoutMs: HOUR_MS,
  });
}

/** Returns the workers of these apps. @param home PM2's folder. Default: PM2_HOME of the environment */
export async function workersOf(apps: readonly string[], home?: string): Promise<Worker[]> {
  const printed = await pm2(['jlist', '--silent'], home === undefined ? {} : { PM2_HOME: home });
  const list = /^\[\{.*\]$/m.exec(printed)?.[0] ?? '[]'; // PM2 prints warnings too
  return (JSON.parse(list) as { name: string; pid?: number; pm2_env: Omit<Worker, 'name' | 'pid'> }[])
    .map(({ name, pid = 0, pm2_env: fields }) => ({ ...fields, name, pid }))
    .filter(({ name }) => apps.includes(name));
}

/** Returns the last lines of a worker's logs, as sentences to append to an error message. */
export async function lastLinesOf(worker: Worker | undefined): Promise<string> {
  const files = new Set([worker?.pm_out_log_path ?? '', worker?.pm_err_log_path ?? '']);
  const texts = [...files].filter((file) => existsSync(file)).map((file) => tailOf(file, 0, readableLine));
  return (await Promise.all(texts)).join('');
}
