import { execFile } from 'node:child_process';
import { readFile, readdir, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { allPids, commandOf, hasProc } from './processes.ts';

const FIRST_PORT = 12_000;
const PORTS_PER_PROCESS = 100;
/** A process uses the port range `pid % PROCESSES`. The workers of a test run have close pids, so the ranges differ. */
const PROCESSES = 160;
/** The search for a free port begins at a random port of the range, because two processes can share a range. */
let portsTried = Math.floor(Math.random() * PORTS_PER_PROCESS);

export function isPortFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** Whether a URL returns 200 within this time. */
export async function isServing(url: string, withinMs: number): Promise<boolean> {
  const reply = await fetch(url, { signal: AbortSignal.timeout(withinMs) }).catch(() => undefined);
  await reply?.body?.cancel();
  return reply?.status === 200;
}

/**
 * Returns a port on which no process listens. Outgoing connections use higher ports, from 32768 on Linux and from 49152
 * on macOS, so no connection uses the port before the caller listens.
 */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (let tried = 0; tried < PORTS_PER_PROCESS; tried += 1) {
    const port = FIRST_PORT + (process.pid % PROCESSES) * PORTS_PER_PROCESS + (portsTried % PORTS_PER_PROCESS);
    portsTried += 1;
    if (await isPortFree(port, host)) return port;
  }
  throw new Error(
    `All ${PORTS_PER_PROCESS} ports that process ${process.pid} may use for tests and trials are in use.`,
  );
}

/** Names the process that listens on a port, for an error message. */
export async function holderOf(port: number): Promise<string> {
  const pid = (hasProc ? await listenerByProc(port) : undefined) ?? (await listenerByLsof(port));
  if (pid === undefined) return 'a process that this user may not see';
  return `pid ${pid} (${(await commandOf(pid))?.slice(0, 200) ?? 'its command cannot be read'})`;
}

export async function takenPortSentence(port: number, purpose: string, setting: string): Promise<string> {
  return `Port ${port}, which ${purpose} needs, is in use by ${await holderOf(port)}. Stop it, or choose another port with ${setting}.`;
}

async function listenerByProc(port: number): Promise<number | undefined> {
  const inodes = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const text = await readFile(table, 'utf8').catch(() => '');
    for (const row of text.split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode = ''] = row.trim().split(/\s+/);
      // 0A is the state LISTEN. The hexadecimal number after the last colon of `local` is the port.
      if (state === '0A' && parseInt(local.slice(local.lastIndexOf(':') + 1), 16) === port) inodes.add(inode);
    }
  }
  if (inodes.size === 0) return undefined;
  for (const pid of await allPids()) {
    for (const descriptor of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
      if (target.startsWith('socket:[') && inodes.has(target.slice(8, -1))) return pid;
    }
  }
  return undefined;
}

async function listenerByLsof(port: number): Promise<number | undefined> {
  const listeners = promisify(execFile)('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fp']);
  const pid = /^p(\d+)/m.exec((await listeners.catch(() => ({ stdout: '' }))).stdout)?.[1];
  return pid === undefined ? undefined : Number(pid);
}
