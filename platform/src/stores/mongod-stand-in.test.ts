import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { root } from '../root.ts';

it('is not promised by npm run doctor on a machine with Maven and a JRE, because the build needs javac', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'stand-in-'));
  const install = (name: string) =>
    writeFile(join(folder, name), '#!/bin/sh\necho \'version "21"\'\n', { mode: 0o755 });
  const doctor = async () => {
    const options = { cwd: root, env: { PATH: folder, HOME: folder } };
    const { stdout } = await promisify(execFile)(process.execPath, ['platform/src/commands/doctor.ts'], options).catch(
      (error: { stdout: string }) => error, // the exit code is 1, because PATH contains no Redis
    );
    return stdout.split('\n').find((line) => line.includes('MongoDB'));
  };
  try {
    await Promise.all(['java', 'mvn'].map(install));
    expect(await doctor()).toMatch(/^note /);
    await install('javac');
    expect(await doctor()).toMatch(/^ok .*runs its stand-in on Java 21/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
