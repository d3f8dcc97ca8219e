import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { abandonedFolders, makeOwnFolder, removeOwnFolder } from './own-folder.ts';

let parent: string;
let prefix: string;
beforeEach(async () => {
  parent = await realpath(await mkdtemp(join(tmpdir(), 'own-folder-')));
  prefix = join(parent, 'mainstay-');
});
afterEach(() => rm(parent, { recursive: true }));

/** Makes a folder in a child process, then kills the process. */
async function abandoned(): Promise<string> {
  const program = JSON.stringify(new URL('own-folder.ts', import.meta.url).href);
  const code = `import(${program}).then(({ makeOwnFolder }) => makeOwnFolder(process.argv[1], 'a test')).then(console.log); setInterval(() => {}, 60000)`;
  const child = spawn(process.execPath, ['-e', code, prefix], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  expect(await abandonedFolders(prefix)).toEqual([]); // the process still runs
  child.kill('SIGKILL');
  await once(child, 'exit');
  return line.toString().trim();
}

describe('a folder that may be removed', () => {
  it('was made by this process or by an ended process, and not by a person', async () => {
    const checkout = `${prefix}checkout`;
    await mkdir(checkout);
    await writeFile(join(checkout, 'work'), 'of a person');
    const mine = await makeOwnFolder(prefix, 'a test');
    const left = await abandoned();
    expect(await abandonedFolders(prefix)).toEqual([left]);
    await removeOwnFolder(left);
    await removeOwnFolder(mine);
    await expect(removeOwnFolder(checkout)).rejects.toThrow('is not removed');
    expect([left, mine, checkout].map((path) => existsSync(path))).toEqual([false, false, true]);
  });

  it('is not a copied or moved folder, because its marker names another path', async () => {
    const left = await abandoned();
    const copy = `${prefix}copy`;
    await cp(left, copy, { recursive: true });
    await rename(left, `${left}-kept`);
    expect(await abandonedFolders(prefix)).toEqual([]);
    await expect(removeOwnFolder(copy)).rejects.toThrow('is not removed');
  });

  it('is never a PostgreSQL data directory, even with a valid marker', async () => {
    const mine = await makeOwnFolder(prefix, 'a test');
    await writeFile(join(mine, 'PG_VERSION'), '18');
    await expect(removeOwnFolder(mine)).rejects.toThrow('is not removed');
    expect(existsSync(join(mine, 'PG_VERSION'))).toBe(true);
  });
});
