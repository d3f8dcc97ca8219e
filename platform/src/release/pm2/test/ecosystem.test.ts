import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { serviceSettings } from '@mainstay/service';
import { root } from '../../../root.ts';

const run = promisify(execFile);
const print = 'process.stdout.write(JSON.stringify(require(process.argv[1]).apps))';
let folder = '';

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'ecosystem-')));
});
afterEach(() => rm(folder, { recursive: true }));

interface App {
  cwd: string;
  instances: number;
  kill_timeout: number;
  max_memory_restart: string;
  node_args: string[];
  env: Record<string, string>;
}

/** Returns the apps of the file, as PM2 reads them. */
async function apps(env: Record<string, string> = {}, named = join(root, 'ecosystem.config.js')): Promise<App[]> {
  const { stdout } = await run(process.execPath, ['-e', print, named], { env: { PATH: process.env.PATH, ...env } });
  return JSON.parse(stdout) as App[];
}

describe('ecosystem.config.js', () => {
  it('gives each service time for its whole drain, and a heap below the memory at which PM2 reloads the service', async () => {
    const { drainWindowMs, preDrainDelayMs, closeTimeoutMs } = serviceSettings({ port: 1, managementPort: 2 });
    const drainMs = preDrainDelayMs.parse(undefined) + drainWindowMs.parse(undefined);
    for (const app of await apps()) {
      expect(app.kill_timeout).toBeGreaterThan(drainMs + 2 * closeTimeoutMs.parse(undefined));
      const [heapMb] = app.node_args.flatMap((arg) => /\d+$/.exec(arg) ?? []);
      expect(Number(heapMb)).toBeLessThan(Number.parseInt(app.max_memory_restart));
    }
  });

  it('gives a service with a longer drain window more time to stop', async () => {
    const [gateway, accounts] = await apps({ DRAIN_WINDOW_MS: '90000', ACCOUNTS_DRAIN_WINDOW_MS: '100000' });
    expect([gateway?.kill_timeout, accounts?.kill_timeout]).toEqual([125_000, 135_000]);
  });

  it('reads instances and memory of each app from the environment or .env, and passes the number of instances to the workers', async () => {
    await writeFile(join(folder, '.env'), 'GATEWAY_INSTANCES=5\nACCOUNTS_INSTANCES=7\nGATEWAY_MEMORY_MAX_MB=300\n');
    const [gateway, accounts] = await apps({ MAINSTAY_DIRECTORY: folder, ACCOUNTS_INSTANCES: '3' });
    expect([gateway?.instances, gateway?.env.WORKERS, gateway?.max_memory_restart]).toEqual([5, '5', '300M']);
    expect([accounts?.instances, accounts?.env.WORKERS]).toEqual([3, '3']);
  });

  it('does not copy settings from .env, because a copy would override a changed .env at the next reload', async () => {
    await writeFile(join(folder, '.env'), 'DATABASE_URL=postgres://u:p@h/d\nLOG_LEVEL=debug\n');
    for (const app of await apps({ MAINSTAY_DIRECTORY: folder }))
      expect(Object.keys(app.env).sort()).toEqual(['METRICS_DIR', 'NODE_ENV', 'WORKERS']);
  });

  it('passes the id of a release to its workers', async () => {
    await writeFile(join(folder, 'release.json'), '{"id":"20260131-120000-1a2b3c4d5e"}');
    const [gateway] = await apps({ MAINSTAY_DIRECTORY: folder });
    expect(gateway?.env.VERSION).toBe('20260131-120000-1a2b3c4d5e');
  });

  it('runs the apps in the link, so that the link can point to another release at the next reload', async () => {
    const current = join(folder, 'current');
    await symlink(root, current);
    const byPath = await apps({}, join(current, 'ecosystem.config.js'));
    expect(byPath[0]?.cwd).toBe(current);
    const { stdout } = await run(process.execPath, ['-e', print, './ecosystem.config.js'], {
      cwd: current,
      env: { PWD: current },
    });
    expect((JSON.parse(stdout) as App[])[0]?.cwd).toBe(current);
  });

  it('ignores a PWD that names another folder', async () => {
    await mkdir(join(folder, 'elsewhere'));
    const { stdout } = await run(process.execPath, ['-e', print, './ecosystem.config.js'], {
      cwd: root,
      env: { PWD: join(folder, 'elsewhere') },
    });
    expect((JSON.parse(stdout) as App[])[0]?.cwd).toBe(await realpath(root));
  });
});
