import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { copyTree, linkModules } from '../fork/copy-tree.ts';
import { identityOf } from '../processes/processes.ts';
import { root } from '../root.ts';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'run-tests-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs a test that starts a detached process with its own environment, like PM2's daemon, and then never ends. */
async function endlessRun() {
  const report = join(folder, 'pids');
  const file = join(folder, 'endless.trial.mjs');
  await writeFile(
    file,
    `import { spawn } from 'node:child_process'; import { renameSync, writeFileSync } from 'node:fs'; import { tmpdir } from 'node:os';
     it('never ends', async () => {
       const options = { detached: true, stdio: 'ignore', env: { PM2_HOME: tmpdir() + '/pm2' } };
       const daemon = spawn(process.execPath, ['-e', 'setInterval(() => {}, 60000)'], options);
       writeFileSync(${JSON.stringify(`${report}.part`)}, JSON.stringify([process.ppid, process.pid, daemon.pid]));
       renameSync(${JSON.stringify(`${report}.part`)}, ${JSON.stringify(report)}); // so that no reader sees a partial file
       await new Promise(() => undefined);
     });`,
  );
  const config = { rootDir: folder, testMatch: ['**/*.trial.mjs'], transform: {} };
  const more = ['--config', JSON.stringify(config), '--maxWorkers', '2'];
  const child = spawn(process.execPath, [join(root, 'bootstrap.mjs'), 'test', ...more], {
    stdio: 'ignore',
    env: { ...process.env, TMPDIR: folder },
  });
  while (!existsSync(report)) {
    if (child.exitCode !== null) throw new Error('the run ended before its test began');
    await delay(20);
  }
  const pids = JSON.parse(await readFile(report, 'utf8')) as number[];
  return { child, pids };
}

async function allGone(pids: number[]): Promise<void> {
  const running = async () => (await Promise.all(pids.map(identityOf))).some((identity) => identity !== undefined);
  while (await running()) await delay(20);
}

describe('npm test', () => {
  it.each(['SIGTERM', 'SIGKILL'] as const)('ends every process of the run on %s', async (signal) => {
    const { child, pids } = await endlessRun();
    child.kill(signal);
    await once(child, 'exit');
    await allGone(pids);
    // The folder of the run is removed too. After SIGKILL the guard removes it.
    while ((await readdir(folder)).some((name) => name.startsWith('mainstay-'))) await delay(20);
    expect(await Promise.all(pids.map(identityOf))).toEqual([undefined, undefined, undefined]);
  });

  it('ends the stores if the build fails', async () => {
    const tree = join(folder, 'tree');
    await copyTree(root, tree);
    await linkModules(root, tree);
    // Both builds fail before the stores are ready.
    await writeFile(join(tree, 'tsconfig.json'), 'no JSON');
    await rm(join(tree, 'services/web/vite.config.ts'), { force: true });
    const outside = Object.entries(process.env).filter(([name]) => !name.startsWith('TEST_'));
    const child = spawn(process.execPath, [join(tree, 'bootstrap.mjs'), 'test'], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...Object.fromEntries(outside), TMPDIR: folder },
    });
    let output = '';
    child.stderr.on('data', (chunk) => (output += chunk));
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(output).toMatch(/The build failed|could not be built/);
    expect((await readdir(folder)).filter((name) => name.startsWith('mainstay-'))).toEqual([]);
  }, 60_000);
});
