/** Which processes run: read from /proc, or from ps if there is no /proc. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
export const hasProc = existsSync('/proc/self/stat');

/** A running process as a file remembers it. */
export interface ProcessRecord {
  pid: number;
  identity: string;
  /** Its name in messages. */
  command: string;
}

/**
 * Identifies one run of a process: the system reuses pids, but not with the same start time. Undefined for a process
 * that does not run (a zombie does not).
 */
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

/** The fields of /proc/<pid>/stat from the third one on: state, parent …; [19] is the start in ticks since boot. The second field may hold spaces. */
async function statOf(pid: number): Promise<string[] | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** The command line of a running process, as one line; undefined when it does not run or belongs to another user. */
export async function commandOf(pid: number): Promise<string | undefined> {
  const text = hasProc
    ? await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    : (await run('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => ({ stdout: '' }))).stdout;
  return text.replaceAll('\0', ' ').trim() || undefined;
}

/** The children of a process. PostgreSQL's children lead their own sessions, so a signal to its process group does not reach them. */
export async function childrenOf(pid: number): Promise<number[]> {
  if (!hasProc) {
    const { stdout } = await run('pgrep', ['-P', String(pid)]).catch(() => ({ stdout: '' }));
    return stdout.split('\n').filter(Boolean).map(Number);
  }
  const pids = await allPids();
  const parents = await Promise.all(pids.map(async (one) => Number((await statOf(one))?.[1])));
  return pids.filter((_, index) => parents[index] === pid);
}

/** All processes of the machine, from /proc. */
export async function allPids(): Promise<number[]> {
  return (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
}

/** Remembers a running process in a file, so that a later start can find it if this process is killed. `command` is how messages name it. */
export async function recordProcess(file: string, pid: number, command: string): Promise<void> {
  const identity = await identityOf(pid);
  if (identity) await writeFile(file, `${JSON.stringify({ pid, identity, command })}\n`);
}

/** The process that a record names, if exactly that process still runs; never another one with the same pid. */
export async function recordedProcess(file: string): Promise<ProcessRecord | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const record = JSON.parse(text) as ProcessRecord;
    return (await identityOf(record.pid)) === record.identity ? record : undefined;
  } catch {
    return undefined; // a partial record: its writer was killed while it wrote
  }
}

/**
 * Stops the process (and its group, if it leads one) that an earlier run recorded and left behind. Does nothing when it is gone.
 * @returns what was stopped
 */
export async function stopRecorded(
  file: string,
  { signal = 'SIGTERM', timeoutMs = 15_000 }: { signal?: NodeJS.Signals; timeoutMs?: number } = {},
): Promise<ProcessRecord | undefined> {
  const record = await recordedProcess(file);
  if (record) await stopProcess(record, { signal, timeoutMs });
  await rm(file, { force: true });
  return record;
}

/** Signals a process and waits until it is gone; kills it and its group after `timeoutMs`. */
export async function stopProcess(
  { pid, identity }: { pid: number; identity: string },
  { signal, timeoutMs }: { signal: NodeJS.Signals; timeoutMs: number },
): Promise<void> {
  send(pid, 'SIGCONT'); // a stopped process handles no signal
  send(pid, signal);
  const killAt = performance.now() + timeoutMs;
  while ((await identityOf(pid)) === identity) {
    if (performance.now() > killAt) sendGroup(pid, 'SIGKILL');
    await delay(25);
  }
}

/** Signals a process. Does nothing when it is gone. */
export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Signals a process and the group that it leads. */
export function sendGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    send(pid, signal); // it leads no group
  }
}
