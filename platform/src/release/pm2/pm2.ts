/** Runs PM2's command line, and reads PM2's list of workers. */
import { execFile } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { runProgram } from '../../processes/run-program.ts';
import { root } from '../../root.ts';
import { serviceNames, type ServiceName } from '../../services.ts';
import { Refusal } from '../../terminal.ts';

const PRINT_APPS = 'process.stdout.write(JSON.stringify(require(process.argv[1]).apps))';
const HOUR_MS = 3_600_000;

/** An app of ecosystem.config.js. */
export interface App {
  name: ServiceName;
  instances: number;
  env: Record<string, string>;
}

/** A process that PM2 runs. `version` is its variable VERSION, the id of its release. */
export interface Worker {
  /** PM2's process number. After a reload has replaced a process, its id begins with `_old_` until the process ends. */
  id: string;
  app: string;
  pid: number;
  status: string;
  version: string | undefined;
  folder: string;
  exitCode: number | undefined;
  logFile: string;
}

interface Entry {
  pid?: number;
  name: string;
  pm2_env: {
    pm_id: number | string;
    pm_cwd: string;
    status: string;
    exit_code?: number;
    pm_out_log_path: string;
    env: { VERSION?: string };
  };
}

/** The environment without npm's own variables, because PM2 passes its environment to the workers. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('npm_') && name !== 'INIT_CWD'),
);

/**
 * Runs a command of PM2 and waits until it ends. Ctrl-C does not end the command, because a reload would stop halfway.
 * @throws Refusal with the output of the command
 */
export function pm2(
  args: string[],
  env: Record<string, string> = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<string> {
  return runProgram(process.execPath, [program(), ...args], {
    cwd: root,
    env: { ...environment, ...env },
    signal,
    failure: `pm2 ${args.join(' ')} failed`,
    timeoutMs: HOUR_MS,
  });
}

/**
 * Returns the workers of these apps.
 * @param home PM2's folder. Default: PM2_HOME of the environment
 */
export async function workersOf(apps: readonly string[], home?: string): Promise<Worker[]> {
  const printed = await pm2(['jlist', '--silent'], home === undefined ? {} : { PM2_HOME: home });
  const entries = JSON.parse(/^\[\{.*\]$/m.exec(printed)?.[0] ?? '[]') as Entry[]; // PM2 prints warnings too
  return entries
    .filter(({ name }) => apps.includes(name))
    .map(({ pid = 0, name, pm2_env: env }) => ({
      id: String(env.pm_id),
      app: name,
      pid,
      status: env.status,
      version: env.env.VERSION,
      folder: env.pm_cwd,
      exitCode: env.exit_code,
      logFile: env.pm_out_log_path,
    }));
}

/** Stops apps and removes them from PM2. Their workers finish their requests first. Ignores apps that do not run. */
export async function removeApps(apps: readonly string[]): Promise<void> {
  const running = new Set((await workersOf(apps)).map(({ app }) => app));
  if (running.size > 0) await pm2(['delete', ...running]);
}

/** Updates the list that `pm2 resurrect` starts, but only if the operator has run `pm2 save` before. */
export async function saveApps(): Promise<void> {
  const home = process.env.PM2_HOME ?? join(homedir(), '.pm2');
  if (existsSync(join(home, 'dump.pm2'))) await pm2(['save', '--force']);
}

/**
 * Reads ecosystem.config.js of a release in a separate process, because an error in that file must not end this command.
 * @param seenAs the folder that the file uses as its own
 * @throws Refusal when the file cannot be read, or lacks a service
 */
export async function readApps(folder: string, seenAs: string): Promise<App[]> {
  const file = join(folder, 'ecosystem.config.js');
  const env = { ...environment, MAINSTAY_DIRECTORY: seenAs };
  const reading = promisify(execFile)(process.execPath, ['-e', PRINT_APPS, file], { env, timeout: 20_000 });
  const { stdout } = await reading.catch((error: Error & { stderr?: string }) => {
    throw new Refusal(`${error.stderr ?? error.message}\n\n${file} could not be read.`);
  });
  const apps = JSON.parse(stdout) as App[];
  const missing = serviceNames.filter((name) => !apps.some((app) => app.name === name));
  if (missing.length > 0) throw new Refusal(`${file} has no app ${missing.join(', ')}.`);
  return apps.filter(({ name }) => serviceNames.includes(name));
}

/**
 * Returns the PM2 on PATH, because the daemon uses its files and must outlive releases. Without it, returns the checkout's
 * own PM2. Skips the checkout's programs, which npm puts in front of PATH, and wrapper scripts.
 */
function program(): string {
  const installed = (process.env.PATH ?? '')
    .split(delimiter)
    .map((directory) => join(directory, 'pm2'))
    .filter((file) => !file.endsWith('node_modules/.bin/pm2') && existsSync(file))
    .map((file) => realpathSync(file));
  return installed.find((file) => file.endsWith('pm2/bin/pm2')) ?? join(root, 'node_modules/pm2/bin/pm2');
}
