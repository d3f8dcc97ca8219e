import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { identityOf, recordProcess, recordedProcess, stopRecorded } from './processes.ts';
import { freePort, isPortFree, holderOf, takenPortSentence } from './ports.ts';

const directory = mkdtempSync(join(tmpdir(), 'processes-'));
const record = join(directory, 'one.pid');
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

const up = `console.log('up')`;

/** Starts a process, and returns when its code has written a line. */
async function node(code: string): Promise<ChildProcess & { pid: number }> {
  const child = spawn(process.execPath, ['-e', `${code}; setInterval(() => {}, 60000)`], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  children.push(child);
  await once(child.stdout, 'data');
  if (child.pid === undefined) throw new Error('not started');
  return Object.assign(child, { pid: child.pid });
}

describe('a taken port', () => {
  it('is reported with the pid and the command of the process that uses it', async () => {
    const port = await freePort();
    const holder = await node(`require('net').createServer().listen(${port}, '127.0.0.1', () => ${up})`);
    expect(await isPortFree(port)).toBe(false);
    expect(await holderOf(port)).toMatch(new RegExp(`^pid ${holder.pid} \\(.*createServer`));
    expect(await takenPortSentence(port, 'gateway', 'GATEWAY_PORT')).toContain(
      `Port ${port}, which gateway needs, is in use by pid ${holder.pid} (`,
    );
  });

  it('is found if the process listens on all addresses', async () => {
    const port = await freePort();
    const holder = await node(`require('net').createServer().listen(${port}, () => ${up})`);
    expect(await holderOf(port)).toContain(`pid ${holder.pid} `);
  });
});

describe('freePort', () => {
  it('returns a different port each time, and never a port that an outgoing connection can take', async () => {
    const ports = await Promise.all(Array.from({ length: 20 }, () => freePort()));
    expect(new Set(ports).size).toBe(20);
    // Outgoing connections use ports from 32768 on Linux, and from 49152 on macOS.
    expect(Math.max(...ports)).toBeLessThan(32_768);
  });
});

describe('stopRecorded', () => {
  it('stops the recorded process', async () => {
    const { pid } = await node(up);
    await recordProcess(record, pid, 'a service');
    expect(await stopRecorded(record)).toMatchObject({ pid, command: 'a service' });
    expect(await identityOf(pid)).toBeUndefined();
    expect(await recordedProcess(record)).toBeUndefined();
  });

  it('kills a suspended process that ignores SIGTERM', async () => {
    const { pid } = await node(`process.on('SIGTERM', () => {}); ${up}`);
    process.kill(pid, 'SIGSTOP');
    await recordProcess(record, pid, 'a service');
    await stopRecorded(record, { timeoutMs: 200 });
    expect(await identityOf(pid)).toBeUndefined();
  });

  it('does not stop another process that has the recorded pid', async () => {
    const { pid } = await node(up);
    await writeFile(record, JSON.stringify({ pid, identity: 'an earlier boot:1', command: 'a service' }));
    expect(await stopRecorded(record)).toBeUndefined();
    expect(await identityOf(pid)).toBeDefined();
  });

  it('ignores a partial record', async () => {
    await writeFile(record, '{"pid":1,"ide');
    expect(await recordedProcess(record)).toBeUndefined();
  });
});
