// @ts-check
/**
 * Who runs, and who holds a port: read from /proc, else from ps and lsof.
 * Plain JavaScript without dependencies, because `npm start` needs it before anything is installed or built.
 */
import { execFile } from 'node:child_process';
import { readFile, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const hasProc = existsSync('/proc/self/stat');

/** @typedef {{ pid: number, identity: string, command: string }} ProcessRecord */

/**
 * A name for one run of one process: a pid alone is reused, a pid with its start time is not. Undefined when it does not run (a zombie does not).
 * @param {number} pid
 * @returns {Promise<string | undefined>}
 */
export async function identityOf(pid) {
  if (!hasProc) {
    const { stdout } = await run('ps', ['-o', 'state=,lstart=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
    const [state, ...started] = stdout.trim().split(/\s+/);
    return !state || state.startsWith('Z') ? undefined : started.join(' ');
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The second field is the program's name in brackets and may hold spaces: count from behind it. Field 3 is the state, 22 the start in ticks since boot.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (!fields || fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${fields[19]}`;
}

/**
 * The command line of a running process, as one line; undefined when it does not run or is not ours to see.
 * @param {number} pid
 * @returns {Promise<string | undefined>}
 */
export async function commandOf(pid) {
  const text = hasProc
    ? await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    : await run('ps', ['-o', 'command=', '-p', String(pid)]).then(
        (reply) => reply.stdout,
        () => '',
      );
  return text.replaceAll('\0', ' ').trim() || undefined;
}

/**
 * The children of a process. Those of PostgreSQL lead sessions of their own, so no signal to a group reaches them.
 * @param {number} pid
 * @returns {Promise<number[]>}
 */
export async function childrenOf(pid) {
  if (!hasProc) {
    const { stdout } = await run('pgrep', ['-P', String(pid)]).catch(() => ({ stdout: '' }));
    return stdout.split('\n').filter(Boolean).map(Number);
  }
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const parents = await Promise.all(
    pids.map(async (one) => {
      const stat = await readFile(`/proc/${one}/stat`, 'utf8').catch(() => '');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]); // behind the name in brackets: state, parent
    }),
  );
  return pids.filter((_, index) => parents[index] === pid).map(Number);
}

/**
 * Remembers a running process in a file, so that a later start can find it again should this one be killed.
 * @param {string} file
 * @param {number} pid
 * @param {string} command what to call it when it is spoken of
 */
export async function recordProcess(file, pid, command) {
  const identity = await identityOf(pid);
  if (identity) await writeFile(file, `${JSON.stringify({ pid, identity, command })}\n`);
}

/**
 * The process that a record tells of, if that very process still runs: never another one that got its pid.
 * @param {string} file
 * @returns {Promise<ProcessRecord | undefined>}
 */
export async function recordedProcess(file) {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    /** @type {ProcessRecord} */
    const record = JSON.parse(text);
    return (await identityOf(record.pid)) === record.identity ? record : undefined;
  } catch {
    return undefined; // half a line: its writer was killed while it wrote, and what it told of is found by its port
  }
}

/**
 * Stops the process (and its group, if it leads one) that an earlier run recorded and left behind. Does nothing when it is gone.
 * @param {string} file
 * @param {{ signal?: NodeJS.Signals, timeoutMs?: number }} [options]
 * @returns {Promise<ProcessRecord | undefined>} what was stopped
 */
export async function stopRecorded(file, { signal = 'SIGTERM', timeoutMs = 15_000 } = {}) {
  const record = await recordedProcess(file);
  if (record) await stopProcess(record, { signal, timeoutMs });
  await rm(file, { force: true });
  return record;
}

/**
 * Signals a process and waits until it is gone; kills it when the time is over.
 * @param {{ pid: number, identity: string }} target
 * @param {{ signal: NodeJS.Signals, timeoutMs: number }} options
 */
export async function stopProcess({ pid, identity }, { signal, timeoutMs }) {
  send(pid, 'SIGCONT'); // a stopped one could not answer
  send(pid, signal);
  const killAt = Date.now() + timeoutMs;
  while ((await identityOf(pid)) === identity) {
    if (Date.now() > killAt) sendGroup(pid, 'SIGKILL');
    await delay(25);
  }
}

/**
 * Signals a process. One that is gone is fine.
 * @param {number} pid
 * @param {NodeJS.Signals} signal
 */
export function send(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error;
  }
}

/**
 * Signals a process and all of the group that it leads.
 * @param {number} pid
 * @param {NodeJS.Signals} signal
 */
export function sendGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    send(pid, signal); // it leads none
  }
}

/**
 * Whether this address can be listened on now.
 * @param {number} port
 * @param {string} [host]
 * @returns {Promise<boolean>}
 */
export function isPortFree(port, host = '127.0.0.1') {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/**
 * A port that nobody listens on now. Another process may take it before it is used: the caller tries again then.
 * @param {string} [host]
 * @returns {Promise<number>}
 */
export function freePort(host = '127.0.0.1') {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen({ port: 0, host }, () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (probe.address());
      probe.close(() => resolve(port));
    });
  });
}

/**
 * Who listens on a port, for a sentence: "pid 123 (node server.js)". Undefined where the system does not tell (another user's process).
 * @param {number} port
 * @returns {Promise<{ pid: number, command: string } | undefined>}
 */
export async function portHolder(port) {
  const pid = (hasProc ? await listenerByProc(port) : undefined) ?? (await listenerByLsof(port));
  return pid === undefined ? undefined : { pid, command: (await commandOf(pid)) ?? 'its command cannot be read' };
}

/**
 * One sentence about a taken port.
 * @param {number} port
 * @param {string} purpose what wanted it
 * @param {string} setting the name of the setting that moves it
 */
export async function takenPortSentence(port, purpose, setting) {
  const holder = await portHolder(port);
  const who = holder ? `pid ${holder.pid} (${holder.command.slice(0, 200)})` : 'a process that this user may not see';
  return `Port ${port}, which ${purpose} needs, is held by ${who}. Stop it, or choose another port with ${setting}.`;
}

/** @param {number} port */
async function listenerByProc(port) {
  const inodes = new Set();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const text = await readFile(table, 'utf8').catch(() => '');
    for (const row of text.split('\n').slice(1)) {
      const [, local, , state, , , , , , inode] = row.trim().split(/\s+/);
      // 0A is LISTEN; the address is hex, its port behind the colon
      if (state === '0A' && local && inode && parseInt(local.slice(local.lastIndexOf(':') + 1), 16) === port)
        inodes.add(inode);
    }
  }
  if (inodes.size === 0) return undefined;
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    for (const descriptor of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
      if (target.startsWith('socket:[') && inodes.has(target.slice(8, -1))) return Number(pid);
    }
  }
  return undefined;
}

/** @param {number} port */
async function listenerByLsof(port) {
  const { stdout } = await run('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fp']).catch(() => ({ stdout: '' }));
  const pid = /^p(\d+)/m.exec(stdout)?.[1];
  return pid === undefined ? undefined : Number(pid);
}
