/**
 * Proves that a fork works. In a clone of HEAD, renames the project, adds three services and removes two features.
 * Then runs `npm run check`, `npm test` and a story on the started platform.
 *
 *   node proofs/src/fork.ts                 everything
 *   node proofs/src/fork.ts --without test,check
 */
import assert from 'node:assert/strict';
import { freePort } from '@mainstay/platform/processes/ports';
import { demoUsers } from '@mainstay/platform/start/seed';
import { progress, runCommand } from '@mainstay/platform/terminal';
import { inClone } from './in-clone.ts';
import { readFlags } from './read-flags.ts';

const skipped = readFlags({ without: '' }).without.split(',');
/** The new services, by name. */
const services = { catalog: 'postgres', notes: 'mongo', places: 'none' };
const author = ['-c', 'user.name=fork', '-c', 'user.email=fork@example.com'];

await runCommand(() =>
  inClone(async ({ run, whileStarted }) => {
    const change = (...args: string[]) => {
      run('npm', 'run', ...args);
      run('git', 'add', '--all');
      run('git', ...author, 'commit', '--quiet', '--message', args.join(' '));
    };
    run('npm', 'ci', '--no-audit', '--no-fund');
    change('fork:rename', '--', 'acme', '--title', 'Acme Shop');
    for (const [service, store] of Object.entries(services))
      change('fork:add-service', '--', service, '--store', store);
    change('fork:remove', '--', 'web', 'haproxy');
    if (!skipped.includes('check')) run('npm', 'run', 'check');
    if (!skipped.includes('test')) run('npm', 'test');
    const ports = await freePorts();
    await whileStarted(ports, () => playStory(`http://127.0.0.1:${ports.GATEWAY_PORT}`));
    progress('The fork works');
  }),
);

async function freePorts(): Promise<Record<string, string>> {
  const names = ['gateway', 'accounts', 'activity', ...Object.keys(services)].flatMap((name) => [
    `${name.toUpperCase()}_PORT`,
    `${name.toUpperCase()}_MANAGEMENT_PORT`,
  ]);
  const settings = [...names, ...['POSTGRES', 'REDIS', 'MONGO'].map((name) => `STORES_${name}_PORT`)];
  return Object.fromEntries(await Promise.all(settings.map(async (name) => [name, String(await freePort())])));
}

async function playStory(url: string): Promise<void> {
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
}
