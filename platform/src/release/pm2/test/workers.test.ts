/** Tests PM2 with the platform's ecosystem.config.js. The releases contain the example service. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '@mainstay/platform/testing';
import { root } from '../../../root.ts';

const run = promisify(execFile);
const pm2Program = join(root, 'node_modules/pm2/bin/pm2');
const example = pathToFileURL(join(root, 'packages/service/test/example-service.mjs')).href;
let folder = '';
let environment: Record<string, string> = {};
let port = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pm2-')); // short, because the paths of PM2's sockets contain it
  port = await freePort();
  environment = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    PM2_HOME: join(folder, 'pm2'),
    MAINSTAY_DIRECTORY: join(folder, 'current'),
    GATEWAY_INSTANCES: '1',
    ACCOUNTS_INSTANCES: '1',
    STORE_ANSWERS: 'at-once',
    DRAIN_WINDOW_MS: '100', // short, because the drain waits for the test's own idle connections
    PORT: String(port),
    MANAGEMENT_PORT: String(await freePort()),
    // With this setting, PM2 does not print a banner and does not look for a newer version.
    PM2_DISCRETE_MODE: 'true',
  };
  await mkdir(join(folder, 'pm2'));
  await writeFile(join(folder, 'pm2/touch'), '');
}, 60_000);

afterAll(async () => {
  await pm2('kill').catch(() => undefined);
  await rm(folder, { recursive: true, maxRetries: 5 });
}, 60_000);

function pm2(...args: string[]) {
  return run(process.execPath, [pm2Program, ...args], { cwd: folder, env: environment, timeout: 60_000 });
}

async function release(
  name: string,
  { dotenv, accounts = `import '${example}';` }: { dotenv: string; accounts?: string },
) {
  const place = join(folder, name);
  const script = 'platform/src/release/pm2/start-service.mjs';
  await cp(join(root, script), join(place, script), { recursive: true });
  for (const [service, code] of Object.entries({ gateway: `import '${example}';`, accounts })) {
    await mkdir(join(place, `services/${service}/dist`), { recursive: true });
    await writeFile(join(place, `services/${service}/dist/main.js`), code);
  }
  await writeFile(join(place, '.env'), dotenv);
  await writeFile(join(place, 'package.json'), '{ "type": "module" }');
  await symlink(place, join(folder, 'next'));
  await rename(join(folder, 'next'), join(folder, 'current'));
}

async function eventually<Value>(look: () => Promise<Value | undefined>): Promise<Value> {
  for (;;) {
    const seen = await look().catch(() => undefined);
    if (seen) return seen;
    await delay(50);
  }
}

async function log(app: string) {
  return readFile(join(folder, `pm2/logs/${app}-out.log`), 'utf8');
}

const start = ['start', join(root, 'ecosystem.config.js'), '--only'];

describe('a worker of PM2', () => {
  it('runs the release that the link points to, with the settings of its .env and of the environment', async () => {
    await release('first', { dotenv: 'GREETING=first\n' });
    await pm2(...start, 'gateway');
    const greeting = () => fetch(`http://127.0.0.1:${port}/`).then((reply) => reply.text());
    expect(await eventually(greeting)).toBe('{"greeting":"first"}');

    await release('second', { dotenv: 'GREETING=second\nVERSION=of-dotenv\n' });
    environment.EXAMPLE_VERSION = 'of-the-shell';
    await pm2('reload', 'all', '--update-env');
    await eventually(async () => (await greeting()).includes('second'));
    expect(await log('gateway')).toMatch(/"version":"of-the-shell"[^\n]*"message":"ready"/);
  }, 60_000);

  it('with a broken build writes one log line and exits with 1, and PM2 starts it again after growing pauses', async () => {
    await release('broken', { dotenv: 'GREETING=hello\n', accounts: 'this is no JavaScript' });
    await pm2(...start, 'accounts');
    const daemonLog = () => readFile(join(folder, 'pm2/pm2.log'), 'utf8');
    const delaysMs = await eventually(async () => {
      const restarts = [...(await daemonLog()).matchAll(/accounts:1\] will restart in (\d+)ms/g)];
      return restarts.length >= 3 ? restarts.slice(0, 3).map(([, ms]) => Number(ms)) : undefined;
    });
    expect(delaysMs).toEqual([200, 300, 450]);
    expect(await daemonLog()).toContain('accounts:1] exited with code [1]');
    const [line = ''] = (await log('accounts')).split('\n');
    expect(JSON.parse(line)).toMatchObject({
      level: 'error',
      service: 'accounts',
      message: 'could not start: the build is broken',
      error: { name: 'SyntaxError' },
    });
  }, 60_000);
});
