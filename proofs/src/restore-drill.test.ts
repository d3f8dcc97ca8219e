import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';

it('restores PostgreSQL to an earlier moment: earlier acknowledged transfers exist, and no event is lost or doubled', async () => {
  const env = { ...process.env, NODE_OPTIONS: '' };
  const child = spawn(process.execPath, ['proofs/src/restore-drill.ts'], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect({ code, output }).toMatchObject({ code: 0 });
  expect(output).toMatch('timeline 1, then timeline 2');
}, 180_000);
