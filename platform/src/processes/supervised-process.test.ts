import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { identityOf, recordProcess } from './processes.ts';
import { freePort, isPortFree } from './ports.ts';
import { supervise, type ProcessPlan } from './supervised-process.ts';

async function planFor(code: (port: number) => string): Promise<ProcessPlan> {
  const directory = mkdtempSync(join(tmpdir(), 'supervised-'));
  const port = await freePort();
  return {
    name: 'the service',
    command: process.execPath,
    args: ['-e', code(port)],
    recordFile: join(directory, 'service.pid'),
    logFile: join(directory, 'logs', 'service.log'),
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 5000,
    readyTimeoutMs: 10_000,
    ports: [{ port, setting: 'SERVICE_PORT' }],
    isReady: async () => !(await isPortFree(port)),
  };
}

const listening = (port: number) => `require('net').createServer().listen(${port}, '127.0.0.1')`;

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(20);
}

describe('supervise', () => {
  it('restarts a killed program and reports it', async () => {
    const said: string[] = [];
    const service = await supervise(await planFor(listening), { report: (sentence) => said.push(sentence) });
    const first = service.pid();
    process.kill(first ?? 0, 'SIGKILL');
    await until(() => said.includes('the service runs again.'));
    expect(said[0]).toContain('the service was killed by SIGKILL; starting it again.');
    expect(service.pid()).not.toBe(first);
    await service.stop();
  });

  it('shows the last lines of a program that cannot start, after the given number of attempts', async () => {
    const plan = await planFor(() => `console.error('GATEWAY_PORT is not set'); process.exit(2)`);
    const start = supervise(plan, { report: () => undefined, attempts: 2 });
    await expect(start).rejects.toThrow(/did not start \(exit code 2\)\. Its last lines:\n {2}GATEWAY_PORT is not set/);
  });

  it('rejects a port in use at once, and names its process and the setting that changes the port', async () => {
    const plan = await planFor(listening);
    const holder = await supervise(plan, { report: () => undefined });
    const second = { ...plan, recordFile: `${plan.recordFile}.second` };
    await expect(supervise(second, { report: () => undefined, attempts: 3 })).rejects.toThrow(
      new RegExp(`is in use by pid ${holder.pid()} .*SERVICE_PORT`),
    );
    await holder.stop();
  });

  it('stops the process that a killed start left behind, and starts the program', async () => {
    const plan = await planFor(listening);
    const orphan = spawn(plan.command, plan.args, { detached: true, stdio: 'ignore' });
    await until(() => orphan.pid !== undefined);
    await recordProcess(plan.recordFile, orphan.pid ?? 0, plan.name);
    const said: string[] = [];
    const next = await supervise(plan, { report: (sentence) => said.push(sentence) });
    expect(await identityOf(orphan.pid ?? 0)).toBeUndefined();
    expect(said).toEqual([`the service: stopped pid ${orphan.pid}, which a killed start had left running`]);
    await next.stop();
  });

  it('leaves no process behind when the start is aborted', async () => {
    const plan = { ...(await planFor(listening)), isReady: () => Promise.resolve(false) };
    const ending = new AbortController();
    const start = supervise(plan, { report: () => undefined, signal: ending.signal, attempts: 3 });
    const given = expect(start).rejects.toThrow('was stopped before it was ready');
    await until(() => existsSync(plan.recordFile));
    ending.abort();
    await given;
    expect(existsSync(plan.recordFile)).toBe(false);
    await expect(supervise(plan, { report: () => undefined, signal: ending.signal })).rejects.toThrow(
      'before it was started',
    );
  });

  it('stops a program that waits for a restart', async () => {
    const said: string[] = [];
    const service = await supervise(await planFor(listening), { report: (sentence) => said.push(sentence) });
    process.kill(service.pid() ?? 0, 'SIGKILL');
    await until(() => said.length > 0);
    await service.stop();
    expect(service.pid()).toBeUndefined();
  });
});
