import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { takeLock } from './lock.ts';

const freshDirectory = () => mkdtempSync(join(tmpdir(), 'lock-'));

describe('takeLock', () => {
  it('names the process that has the lock to a second process, and gives the released lock to the next process', async () => {
    const directory = freshDirectory();
    const lock = await takeLock(directory, 'npm start');
    await expect(lockInOwnProcess(directory)).rejects.toThrow(`npm start is running already (pid ${process.pid})`);
    await lock.release();
    expect(readdirSync(directory)).toEqual([]);
    await lockInOwnProcess(directory);
  });

  it('gives the lock of a killed process to at most one of ten concurrent processes, and then to the next', async () => {
    const directory = freshDirectory();
    await killWhileHolding(directory);
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => lockInOwnProcess(directory)));
    const taken = results.filter(({ status }) => status === 'fulfilled').length;
    const next = await Promise.allSettled([lockInOwnProcess(directory)]);
    expect(taken + next.filter(({ status }) => status === 'fulfilled').length).toBe(1);
  });
});

function holder(directory: string) {
  const code = `import(${JSON.stringify(new URL('lock.ts', import.meta.url).href)})
    .then(({ takeLock }) => takeLock(process.argv[1], 'npm start'))
    .then(() => console.log('taken'), (error) => console.log(error.message)); setInterval(() => {}, 60000)`;
  return spawn(process.execPath, ['-e', code, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function killWhileHolding(directory: string) {
  const child = holder(directory);
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
}

const holders: ChildProcess[] = [];

/** Tries to take the lock in a new process, which then runs until the end of the test. If that process ended, another process could take the lock. */
async function lockInOwnProcess(directory: string) {
  const child = holder(directory);
  holders.push(child);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  if (String(line).trim() === 'taken') return;
  child.kill('SIGKILL');
  await once(child, 'exit');
  throw new Error(String(line));
}

afterAll(() => {
  for (const child of holders) child.kill('SIGKILL');
});
