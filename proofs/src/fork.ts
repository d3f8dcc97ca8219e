/**
 * Proves that a fork works, in a clone of HEAD: rename it, add a service with each store, remove two features, run `npm run check` and `npm test`, start it, and play
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
/** The new services, by name. */
const services = { catalog: 'postgres', notes: 'mongo', places: 'none' };
const author = ['-c', 'user.name=fork', '-c', 'user.email=fork@example.com'];

await runCommand(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mainstay-fork-'));
  const clone = join(folder, 'clone');
  const run = (command: string, ...args: string[]) => {
    progress([command, ...args].join(' '));
    execFileSync(command, args, { cwd: clone, stdio: ['ignore', 2, 2] });
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
    for (const [service, store] of Object.entries(services))
      change('fork:add-service', '--', service, '--store', store);
    change('fork:remove', '--', 'proofs', 'kubernetes');
    if (!skipped.includes('check')) run('npm', 'run', 'check');
    if (!skipped.includes('test')) run('npm', 'test');
    await playStory(clone);
    progress('The fork works');
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});

/** Starts the fork, signs in, and calls the new services through the gateway. */
async function playStory(clone: string): Promise<void> {
  const names = ['gateway', 'accounts', 'activity', ...Object.keys(services)].flatMap((name) => [
    `${name.toUpperCase()}_PORT`,
    `${name.toUpperCase()}_MANAGEMENT_PORT`,
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
        if (output.includes('Ctrl-C')) resolve();
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
    const call = async (path: string, method = 'GET', body?: object) => {
      const headers = { cookie: cookie.split(';')[0]!, 'content-type': 'application/json', 'idempotency-key': 'tea' };
      const reply = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) });
      return { status: reply.status, json: (await reply.json()) as { id: string } };
    };
    const added = await call('/v1/catalog', 'POST', { name: 'Tea' });
    assert.equal(added.status, 201);
    assert.deepEqual((await call(`/v1/catalog/${added.json.id}`)).json, added.json);
    const note = { status: 200, json: { id: 'first', name: 'Tea' } };
    assert.deepEqual(await call('/v1/notes/first', 'PUT', { name: 'Tea' }), note);
    assert.deepEqual(await call('/v1/notes/first'), note);
    assert.deepEqual(await call('/v1/places/first'), { status: 200, json: { id: 'first', name: 'The first item' } });
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}
