import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { takeLock } from './lock.ts';

const freshDirectory = () => mkdtempSync(join(tmpdir(), 'lock-'));

describe('takeLock', () => {
  it('refuses a second process and names the first process, until the first process releases the lock', async () => {
    const directory = freshDirectory();
    const lock = await takeLock(directory, 'npm start');
    await expect(lockInOwnProcess(directory)).rejects.toThrow(`npm start is running already (pid ${process.pid})`);
    await lock.release();
    expect(readdirSync(directory)).toEqual([]);
    await lockInOwnProcess(directory);
  });

  it('gives the lock of a killed process to one of ten concurrent processes, or to the eleventh if all ten fail', async () => {
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

/** Takes the lock in a new process, which keeps the lock until all tests have ended. */
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
