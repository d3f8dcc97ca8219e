/**
 * Runs the release command as an operator does, with its own PM2 and tiny services, so that a release takes seconds. The
 * zero-loss campaign in proofs/ releases the real services.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../../../processes/ports.ts';
import { root } from '../../../root.ts';
import { serviceNames } from '../../../services.ts';
import { breakBuild, type Fault } from './make-build.ts';
import { makeTinyBuild } from './make-tiny-build.ts';
import { startRequestLoop } from './request-loop.ts';

const RELEASE_MS = 200_000; // a release takes seconds, and longer on a busy machine
const TRIAL: Partial<Record<Fault, NodeJS.ProcessEnv>> = {
  'never-ready-in-worker': { RELEASE_TRIAL_TIMEOUT_MS: '5000' },
  // The worker ends 2.5 s after its start. So the release must watch the worker for longer than 2.5 s.
  'dies-in-worker': { RELEASE_SETTLE_MS: '4000' },
};
const PREFIX = 'mainstay-dp-'; // short, because the paths of PM2's sockets contain it
let directory = '';
let base = '';
let gateway = '';
let env: NodeJS.ProcessEnv = {};

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), PREFIX));
  base = join(directory, 'base');
  env = { ...process.env, PM2_HOME: join(directory, 'pm2'), RELEASE_SETTLE_MS: '100', RELEASE_BASE: base };
  delete env.NODE_OPTIONS; // the command must not get the options of jest
  for (const name of serviceNames) {
    for (const kind of ['PORT', 'MANAGEMENT_PORT']) env[`${name.toUpperCase()}_${kind}`] = String(await freePort());
  }
  gateway = `http://127.0.0.1:${env.GATEWAY_PORT}`;
  await makeTinyBuild(join(directory, 'sound'));
  await mkdir(join(directory, 'pm2'));
});

afterAll(() => clear(directory), RELEASE_MS);

describe('npm run release -- pm2', () => {
  it(
    'releases a build, and replaces it with the next build without losing a request',
    async () => {
      expect(await release('--from', join(directory, 'sound'))).toMatchObject({
        code: 0,
        output: expect.stringContaining('serves'),
      });
      const first = await servingRelease();
      const loop = startRequestLoop(gateway, { paths: { '/version': 200 } });
      expect(await release('--from', join(directory, 'sound'))).toMatchObject({
        code: 0,
        output: expect.stringContaining('serves'),
      });
      const { sent, failures } = await loop.stop();
      expect(failures).toEqual([]);
      expect(sent).toBeGreaterThan(10);
      expect(await servingRelease()).not.toBe(first);
    },
    2 * RELEASE_MS,
  );

  it.each([
    ['throws', /The new gateway ended[^]*this build is broken on purpose/],
    ['never-ready-in-worker', /The new gateway was not ready within 5000 ms/],
    ['dies-in-worker', /The new gateway ended/],
  ] satisfies [Fault, RegExp][])(
    'keeps the old build if the new build has the fault %s',
    async (fault, sentence) => {
      const before = await servingRelease();
      const broken = join(directory, fault);
      await makeTinyBuild(broken);
      await breakBuild(broken, fault);
      const loop = startRequestLoop(gateway, { paths: { '/version': 200 } });
      const { code, output } = await release('--from', broken, TRIAL[fault]);
      expect((await loop.stop()).failures).toEqual([]);
      expect(output).toMatch(sentence);
      expect(code).toBe(1);
      expect(await servingRelease()).toBe(before);
    },
    RELEASE_MS,
  );

  it(
    'goes back by itself if the new build passes its trial and then does not serve',
    async () => {
      const before = await servingRelease();
      await makeTinyBuild(join(directory, 'unfit'), { listenTimeoutMs: 5_000 });
      await breakBuild(join(directory, 'unfit'), 'throws-in-service');
      const loop = startRequestLoop(gateway, { paths: { '/version': 200 } });
      const { code, output } = await release('--from', join(directory, 'unfit'));
      expect((await loop.stop()).failures).toEqual([]); // one of the two old workers has continued to serve
      expect(output).toMatch(/A new worker of gateway ended[^]*was not accepted[^]*serves as before/);
      expect(code).toBe(1);
      expect(await servingRelease()).toBe(before);
    },
    RELEASE_MS,
  );

  it('changes nothing when the migration fails', async () => {
    const before = await servingRelease();
    const { code, output } = await release('--from', join(directory, 'sound'), { TINY_MIGRATION_CODE: '3' });
    expect(output).toContain('No worker was replaced');
    expect(code).toBe(1);
    expect(await servingRelease()).toBe(before);
  });

  it(
    'refuses a second release during a release, recovers from a killed release, and goes back to a former release',
    async () => {
      const former = await servingRelease();
      const loop = startRequestLoop(gateway, { paths: { '/version': 200 } });
      const killed = start(['--from', join(directory, 'sound')]);
      await killed.until(/Reloading/);
      killed.child.kill('SIGSTOP'); // a suspended release cannot end before the second release begins
      expect(await release('--release', former)).toMatchObject({
        code: 1,
        output: expect.stringContaining('is running already'),
      });
      killed.child.kill('SIGKILL');
      await killed.ended;

      const { code, output } = await release('--release', former);
      expect(output).toContain('The last release did not end');
      expect(code).toBe(0);
      expect((await loop.stop()).failures).toEqual([]);
      expect(await servingRelease()).toBe(former);
      expect((await readdir(base)).sort()).toEqual(['current', 'releases']);
    },
    2 * RELEASE_MS,
  );
});

async function clear(place: string) {
  await run(join(root, 'node_modules/pm2/bin/pm2'), ['kill'], { PM2_HOME: join(place, 'pm2') }).ended;
  await rm(place, { recursive: true, force: true, maxRetries: 5 });
}

/** Returns the release that serves. Checks that each reply names this release. */
async function servingRelease() {
  const named = basename(await readlink(join(base, 'current')));
  for (let asked = 0; asked < 4; asked += 1) {
    const reply = await fetch(`${gateway}/version`, { headers: { connection: 'close' } });
    expect(await reply.text()).toBe(named);
  }
  return named;
}

function release(option: string, value: string, more: NodeJS.ProcessEnv = {}) {
  return start([option, value], more).ended;
}

function start(args: string[], more: NodeJS.ProcessEnv = {}) {
  return run(join(root, 'bootstrap.mjs'), ['release', 'pm2', ...args], more);
}

function run(program: string, args: string[], more: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...env, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number, output }));
  return {
    child,
    ended,
    async until(text: RegExp) {
      while (!text.test(output)) {
        if (child.exitCode !== null) throw new Error(`It ended before it printed ${text.source}:\n${output}`);
        await delay(20);
      }
    },
  };
}
