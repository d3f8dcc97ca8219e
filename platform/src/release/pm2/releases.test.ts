import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openPlaces, pruneReleases, type Places } from './releases.ts';

let base: string;
let places: Places;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'releases-'));
  places = await openPlaces(base);
});
afterEach(() => rm(base, { recursive: true }));

/** @param about the content of release.json. Without this file, the folder is not a release. */
async function put(name: string, about: object | undefined, hasServed: boolean): Promise<void> {
  const folder = join(places.releases, name);
  await mkdir(folder);
  if (about) await writeFile(join(folder, 'release.json'), JSON.stringify(about));
  if (hasServed) await writeFile(join(folder, '.served'), '');
}

describe('pruneReleases', () => {
  it('removes old and failed releases, and keeps folders that are not releases', async () => {
    for (const id of ['1-old', '2-newer']) await put(id, { id, source: 'main' }, true);
    await put('3-failed', { id: '3-failed', source: 'main' }, false);
    await put('somebodys', undefined, false);
    await put('1-old.backup', { id: '1-old', source: 'main' }, true);
    await writeFile(join(places.releases, 'notes.txt'), 'a file');
    expect((await pruneReleases(places, 1)).sort()).toEqual(['1-old', '3-failed']);
    expect((await readdir(places.releases)).sort()).toEqual(['1-old.backup', '2-newer', 'notes.txt', 'somebodys']);
  });
});
