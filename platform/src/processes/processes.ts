import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { readJson } from '../read-json.ts';

const run = promisify(execFile);
export const hasProc = existsSync('/proc/self/stat');

export interface ProcessRecord {
  pid: number;
  identity: string;
  /** The name of the process in messages. */
  command: string;
}

/** Returns the start time of a running process. A later process with the same pid has a different start time. */
export async function identityOf(pid: number): Promise<string | undefined> {
  if (!hasProc) {
    const { stdout } = await run('ps', ['-o', 'state=,lstart=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
    const [state, ...started] = stdout.trim().split(/\s+/);
    return !state || state.startsWith('Z') ? undefined : started.join(' ');
  }
  const fields = await statOf(pid);
  if (!fields || fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${fields[19]}`;
}

/** Returns the fields of /proc/<pid>/stat after the command: [0] is the state, [1] the parent, [19] the start time. */
async function statOf(pid: number | string): Promise<string[] | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** Returns whether every thread of a process is suspended, or the process has ended. */
export async function isSuspended(pid: number): Promise<boolean> {
  if (!hasProc) {
    const { stdout } = await run('ps', ['-o', 'state=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
    return /^(T|Z|$)/.test(stdout.trim());
  }
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const states = await Promise.all(threads.map(async (thread) => (await statOf(`${pid}/task/${thread}`))?.[0]));
  return states.every((state) => state === undefined || 'TZX'.includes(state));
}

/** Returns the command line of a process, or undefined if the command line cannot be read. */
export async function commandOf(pid: number): Promise<string | undefined> {
  const text = hasProc
    ? await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    : (await run('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => ({ stdout: '' }))).stdout;
  return text.replaceAll('\0', ' ').trim() || undefined;
}

/** Returns the children's pids. Each child of PostgreSQL has its own process group, so signal each child. */
export async function childrenOf(pid: number): Promise<number[]> {
  if (!hasProc) {
    const { stdout } = await run('pgrep', ['-P', String(pid)]).catch(() => ({ stdout: '' }));
    return stdout.split('\n').filter(Boolean).map(Number);
  }
  const pids = await allPids();
  const parents = await Promise.all(pids.map(async (one) => Number((await statOf(one))?.[1])));
  return pids.filter((_, index) => parents[index] === pid);
}

export async function allPids(): Promise<number[]> {
  return (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
}

/** Writes pid, start time and name of a process to a file, so that a later command can find and stop the process. */
export async function recordProcess(file: string, pid: number, command: string): Promise<void> {
  const identity = await identityOf(pid);
  if (identity) await writeFile(file, `${JSON.stringify({ pid, identity, command })}\n`);
}

/** Returns the recorded process, or undefined if the process has ended or a different process has the pid now. */
export async function recordedProcess(file: string): Promise<ProcessRecord | undefined> {
  const record = await readJson<ProcessRecord>(file);
  return record && (await identityOf(record.pid)) === record.identity ? record : undefined;
}

/** Stops the process that a file records, if the process still runs. Deletes the file. Returns the stopped process. */
export async function stopRecorded(
  file: string,
  { signal = 'SIGTERM', timeoutMs = 15_000 }: { signal?: NodeJS.Signals; timeoutMs?: number } = {},
): Promise<ProcessRecord | undefined> {
  const record = await recordedProcess(file);
  if (record) await stopProcess(record, { signal, timeoutMs });
  await rm(file, { force: true });
  return record;
}

/** Sends a signal to a process and waits until the process has ended. After `timeoutMs`, kills the process group. */
export async function stopProcess(
  { pid, identity }: { pid: number; identity: string },
  { signal, timeoutMs }: { signal: NodeJS.Signals; timeoutMs: number },
): Promise<void> {
  // A suspended process does not handle `signal` until SIGCONT resumes the process.
  send(pid, 'SIGCONT');
  send(pid, signal);
  const killAt = performance.now() + timeoutMs;
  while ((await identityOf(pid)) === identity) {
    if (performance.now() > killAt) sendGroup(pid, 'SIGKILL');
    await delay(25);
  }
}

/** Sends a signal to a process. Does nothing if the process has ended. */
export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Sends a signal to the process group with the id `pid`, or to the process if this group does not exist. */
export function sendGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    send(pid, signal);
  }
}
