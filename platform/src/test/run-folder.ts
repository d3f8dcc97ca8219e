/** Each test run has a folder for its stores and temporary files. An environment variable of its processes names the folder. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { abandonedFolders, makeOwnFolder, removeOwnFolder } from '../own-folder.ts';
import { allPids, hasProc, recordedProcess, send } from '../processes/processes.ts';
import { runProgram } from '../processes/run-program.ts';

/**
 * First ends earlier runs whose `npm test` was killed. Then makes a folder, and sets TMPDIR to it for the processes of
 * this run. `end` kills these processes and removes the folder. If this process is killed, a guard process does both.
 */
export async function openRunFolder(): Promise<{ path: string; end: () => Promise<void> }> {
  const prefix = join(tmpdir(), 'mainstay-');
  for (const abandoned of await abandonedFolders(prefix)) {
    await killRun(abandoned);
    await removeOwnFolder(abandoned);
  }
  const path = await makeOwnFolder(prefix, 'npm test');
  process.env.TMPDIR = path;
  const guard = spawn(process.execPath, [join(import.meta.dirname, 'guard-run.ts'), path], {
    detached: true, // so that a signal to this process's group does not reach the guard
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

/** Kills every process of a run, and returns when all of them have ended. */
export async function killRun(path: string): Promise<void> {
  for (let pids = await processesOf(path); pids.length > 0; pids = await processesOf(path)) {
    for (const pid of pids) send(pid, 'SIGKILL');
    await delay(20);
  }
}

/**
 * Finds every process whose environment names the folder, even a detached process such as PM2's daemon. PostgreSQL can
 * overwrite its environment, so this function also reads the pid files of the stores.
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

/** On macOS, ps prints the environment of a process after its command line. */
async function namedByPs(path: string): Promise<number[]> {
  const output = await runProgram('ps', ['-A', '-E', '-ww', '-o', 'pid=,command='], { failure: 'ps failed' });
  return output.split('\n').flatMap((line) => (names(line, path) ? [parseInt(line, 10)] : []));
}

/** Whether the value of a variable is the path, or a path below it. */
function names(environment: string, path: string): boolean {
  return environment.split(`=${path}`).some((rest, index) => index > 0 && /^($|[/\0\s])/.test(rest));
}
