/**
 * Proves that `npm start` works in a fresh clone, and prints how long the first and the second start take.
 *
 *   node proofs/src/first-start.ts            with the caches of this machine
 *   node proofs/src/first-start.ts --cold     with an empty Maven repository and an empty cache of the MongoDB stand-in
 * Uses the ports of `npm start`. GATEWAY_PORT and the other port settings change the ports.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '@mainstay/platform/root';

const folder = mkdtempSync(join(tmpdir(), 'mainstay-first-start-'));
const clone = join(folder, 'clone');
try {
  execFileSync('git', ['clone', '--quiet', root, clone]);
  for (const which of ['first', 'second']) console.log(`${which} start: ${(await start()).toFixed(1)} s`);
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Starts the platform, waits for the table of addresses, and stops the platform again. */
async function start(): Promise<number> {
  const cold = process.argv.includes('--cold');
  const caches = { XDG_CACHE_HOME: join(folder, 'cache'), MAVEN_OPTS: `-Dmaven.repo.local=${join(folder, 'm2')}` };
  const startedAt = performance.now();
  const child = spawn('npm', ['start'], {
    cwd: clone,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...(cold ? caches : {}) },
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  let output = '';
  let seconds: number | undefined;
  for await (const chunk of child.stdout) {
    output += String(chunk);
    if (seconds !== undefined || !output.includes('Ctrl-C')) continue;
    seconds = (performance.now() - startedAt) / 1000;
    child.kill('SIGTERM');
  }
  await ended;
  if (seconds === undefined) throw new Error('npm start ended before it printed its table.');
  return seconds;
}
