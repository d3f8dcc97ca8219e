import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { claimDataDirectory, wipeDataDirectory } from './data-directory.ts';

let parent: string;
beforeEach(async () => void (parent = await mkdtemp(join(tmpdir(), 'data-directory-'))));
afterEach(() => rm(parent, { recursive: true }));

it('names DATA_DIRECTORY if the directory cannot be made', async () => {
  await writeFile(join(parent, 'file'), '');
  await expect(claimDataDirectory(join(parent, 'file'))).rejects.toThrow('DATA_DIRECTORY cannot be made');
});

describe('--reset', () => {
  it('deletes everything except the lock and the marker file in a directory that a start has made', async () => {
    const directory = join(parent, 'data');
    await claimDataDirectory(directory);
    for (const name of ['lock', 'secrets.json']) await writeFile(join(directory, name), '');
    await wipeDataDirectory(directory);
    expect((await readdir(directory)).toSorted()).toEqual(['lock', 'made-by-npm-start.json']);
    await mkdir(join(directory, 'redis'));
    await wipeDataDirectory(directory); // succeeds only because the first wipe has kept the marker file
    expect(await readdir(directory)).not.toContain('redis');
  });

  it.each(['logs', 'lock.d', 'worker.pid'])(
    "removes nothing from a person's directory that contained only %s",
    async (name) => {
      const directory = join(parent, 'data');
      await mkdir(join(directory, name), { recursive: true });
      await claimDataDirectory(directory);
      await mkdir(join(directory, 'photos'));
      await expect(wipeDataDirectory(directory)).rejects.toThrow('remove it yourself');
      expect((await readdir(directory)).toSorted()).toEqual([name, 'photos'].toSorted());
    },
  );

  it.each(['was not empty before the first start', 'was moved here'])(
    'removes nothing from a directory that %s',
    async (how) => {
      const directory = join(parent, 'data');
      if (how === 'was moved here') {
        await claimDataDirectory(join(parent, 'before'));
        await rename(join(parent, 'before'), directory);
      }
      await mkdir(join(directory, 'photos'), { recursive: true });
      await claimDataDirectory(directory);
      const before = await readdir(directory);
      await expect(wipeDataDirectory(directory)).rejects.toThrow('remove it yourself');
      expect(await readdir(directory)).toEqual(before);
    },
  );
});
