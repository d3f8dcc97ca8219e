/**
 * Proves that a fork works, in a clone of HEAD: rename it, add a service, remove two features, run `npm run check` and `npm test`, start it, and play
 * a story.
 *
 *   node proofs/src/fork.ts                 everything
 *   node proofs/src/fork.ts --without test,check
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from '@mainstay/platform/processes/ports';
import { root } from '@mainstay/platform/root';
import { demoUsers } from '@mainstay/platform/start/seed';
import { progress, runCommand } from '@mainstay/platform/terminal';

const { values } = parseArgs({ options: { without: { type: 'string', default: '' } } });
const skipped = values.without.split(',');
const author = ['-c', 'user.name=fork', '-c', 'user.email=fork@example.com'];

await runCommand(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mainstay-fork-'));
  const clone = join(folder, 'clone');
  const run = (command: string, ...args: string[]) => {
    progress([command, ...args].join(' '));
    execFileSync(command, args, { cwd: clone, stdio: ['ignore', 'ignore', 'inherit'] });
  };
  const change = (...args: string[]) => {
    run('npm', 'run', ...args);
    execFileSync('git', ['add', '--all'], { cwd: clone });
    execFileSync('git', [...author, 'commit', '--quiet', '--message', args.join(' ')], { cwd: clone });
  };
  try {
    execFileSync('git', ['clone', '--quiet', root, clone]);
    run('npm', 'ci', '--no-audit', '--no-fund');
    change('fork:rename', '--', 'acme', '--title', 'Acme Shop');
    change('fork:add-service', '--', 'catalog');
    change('fork:remove', '--', 'proofs', 'kubernetes');
    if (!skipped.includes('check')) run('npm', 'run', 'check');
    if (!skipped.includes('test')) run('npm', 'test');
    await playStory(clone);
    progress('The fork works');
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});

/** Starts the fork, signs in, and reads from the new service through the gateway. */
async function playStory(clone: string): Promise<void> {
  const names = ['GATEWAY', 'ACCOUNTS', 'ACTIVITY', 'CATALOG'].flatMap((name) => [
    `${name}_PORT`,
    `${name}_MANAGEMENT_PORT`,
  ]);
  const settings = [...names, ...['POSTGRES', 'REDIS', 'MONGO'].map((name) => `STORES_${name}_PORT`)];
  const ports = Object.fromEntries(await Promise.all(settings.map(async (name) => [name, String(await freePort())])));
  progress('npm start');
  const child = spawn('npm', ['start'], {
    cwd: clone,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...ports },
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  try {
    await new Promise<void>((resolve, reject) => {
      let output = '';
      child.stdout.on('data', (chunk) => {
        output += String(chunk);
        if (output.includes('└')) resolve();
      });
      void ended.then(() => reject(new Error('npm start ended before it printed its table.')));
    });
    const url = `http://127.0.0.1:${ports.GATEWAY_PORT}`;
    const { email, password } = demoUsers[0]!;
    const signedIn = await fetch(`${url}/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password }),
    });
    assert.equal(signedIn.status, 201);
    const [cookie = ''] = signedIn.headers.getSetCookie();
    assert.match(cookie, /^acme\.sid=/);
    const reply = await fetch(`${url}/v1/catalog/first`, { headers: { cookie: cookie.split(';')[0]! } });
    assert.deepEqual([reply.status, await reply.json()], [200, { id: 'first', name: 'The first item' }]);
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}
