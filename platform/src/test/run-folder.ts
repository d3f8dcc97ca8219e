/** The folder of one test run. Holds stores and temporary files; its path marks the run's processes. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { abandonedFolders, makeOwnFolder, removeOwnFolder } from '../own-folder.ts';
import { allPids, hasProc, recordedProcess, send } from '../processes/processes.ts';

/** A test run's folder, which a guard removes when this process ends in any way. */
export interface RunFolder {
  path: string;
  /** Kills every process that the run has started, and removes the folder. */
  end: () => Promise<void>;
}

/**
 * Makes the folder and the temporary directory (TMPDIR) of everything that this process starts from now on. First ends the runs that were killed.
 * The guard is a process of its own: it ends the run also when this process is killed.
 */
export async function openRunFolder(): Promise<RunFolder> {
  const prefix = join(tmpdir(), 'mainstay-');
  for (const abandoned of await abandonedFolders(prefix)) await endAbandonedRun(abandoned);
  const path = await makeOwnFolder(prefix, 'npm test');
  process.env.TMPDIR = path;
  const guard = spawn(process.execPath, [join(import.meta.dirname, 'guard-run.ts'), path], {
    detached: true, // a signal to this process's group does not reach it
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const ended = once(guard, 'exit');
  return {
    path,
    async end() {
      guard.stdin.end();
      await ended;
      await removeOwnFolder(path);
    },
  };
}

/** Kills every process of a run whose own process has ended, and removes its folder. */
export async function endAbandonedRun(path: string): Promise<void> {
  await killRun(path);
  await removeOwnFolder(path);
}

/** Kills every process of a run. */
export async function killRun(path: string): Promise<void> {
  for (let pids = await processesOf(path); pids.length > 0; pids = await processesOf(path)) {
    for (const pid of pids) send(pid, 'SIGKILL');
    await delay(20);
  }
}

/**
 * The processes that a run has started, also those that have detached themselves, such as the daemon of PM2: their environment names the folder, as
 * TMPDIR or in another variable. PostgreSQL changes its environment on some systems, so stores are also found by their records.
 */
async function processesOf(path: string): Promise<number[]> {
  const records = (await readdir(path, { recursive: true }).catch(() => [])).filter((name) => name.endsWith('.pid'));
  const recorded = await Promise.all(records.map((name) => recordedProcess(join(path, name))));
  const named = hasProc ? await namedByProc(path) : await namedByPs(path);
  const pids = new Set([...named, ...recorded.flatMap((record) => (record ? [record.pid] : []))]);
  pids.delete(process.pid);
  return [...pids];
}

async function namedByProc(path: string): Promise<number[]> {
  const pids = await allPids();
  const environments = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')));
  return pids.filter((_, index) => names(environments[index] ?? '', path));
}

/** macOS: the environment follows the command line. */
async function namedByPs(path: string): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-E', '-ww', '-o', 'pid=,command='], {
    maxBuffer: 2 ** 26,
  });
  return stdout.split('\n').flatMap((line) => (names(line, path) ? [parseInt(line, 10)] : []));
}

/** Whether a variable is the path or begins with it. */
function names(environment: string, path: string): boolean {
  return environment.split(`=${path}`).some((rest, index) => index > 0 && /^($|[/\0\s])/.test(rest));
}
