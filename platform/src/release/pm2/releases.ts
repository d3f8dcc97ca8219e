/**
 * The folder of a server's releases: `releases/<id>/` for each, `current` leading to the one in service, and the
 * settings files.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { Refusal } from '../../terminal.ts';

/** In a release that has served. Others are incomplete, or were not accepted. */
const SERVED = '.served';
/** In every folder that a release has made: its id, which is the folder's name, and its source. */
const ABOUT = 'release.json';

/** A build that PM2 can run. */
export interface Release {
  /** Also the name of its folder. Ids sort by the time of the build. */
  id: string;
  folder: string;
  /** Its source, as a readable text. */
  source: string;
}

/** Where releases are kept. */
export interface Places {
  base: string;
  releases: string;
  /** Records of the processes of a trial. */
  trial: string;
}

/** Creates the folders that are missing. */
export async function openPlaces(base: string): Promise<Places> {
  await mkdir(join(base, 'releases'), { recursive: true });
  await mkdir(join(base, 'trial'), { recursive: true });
  const real = await realpath(base); // PM2 and the kernel name folders without links
  return { base: real, releases: join(real, 'releases'), trial: join(real, 'trial') };
}

/** The folder of the release that serves. */
export function currentRelease({ base }: Places): Promise<string | undefined> {
  return realpath(join(base, 'current')).catch(() => undefined);
}

/** Marks the release as the one in service: `current` leads to it from now on, in one step. */
export async function markServing({ base, releases }: Places, folder: string): Promise<void> {
  if (dirname(folder) !== releases) return; // a checkout with `pm2 start`
  await writeFile(join(folder, SERVED), '');
  const next = join(base, 'current.next');
  await rm(next, { force: true });
  await symlink(relative(base, folder), next);
  await rename(next, join(base, 'current'));
}

/** The releases that have served, newest first. */
export async function listReleases({ releases }: Places): Promise<Release[]> {
  const ids = (await madeReleases(releases)).filter((id) => existsSync(join(releases, id, SERVED)));
  const sorted = ids.toSorted().toReversed();
  return Promise.all(
    sorted.map(async (id) => ({ id, folder: join(releases, id), source: await sourceOf(releases, id) })),
  );
}

/** @throws Refusal when there is no such release */
export async function findRelease(places: Places, id: string): Promise<Release> {
  const all = await listReleases(places);
  const found = all.find((release) => release.id === id);
  if (found) return found;
  const known = all.length > 0 ? `There are: ${all.map((release) => release.id).join(', ')}.` : 'There is none yet.';
  throw new Refusal(`${places.releases} has no release ${id}. ${known}`);
}

/** A line for each release; `*` is in service. */
export async function describeReleases(places: Places): Promise<string> {
  const [all, current] = await Promise.all([listReleases(places), currentRelease(places)]);
  if (all.length === 0) return `${places.releases} has no release yet.`;
  return all.map(({ id, folder, source }) => `${folder === current ? '*' : ' '} ${id}  ${source}`).join('\n');
}

/** Makes the folder of a release. The first file in it is the mark that a release has made it. */
export async function makeReleaseFolder(folder: string, about: { commit: string; source: string }): Promise<void> {
  await mkdir(folder);
  await writeFile(join(folder, ABOUT), `${JSON.stringify({ id: basename(folder), ...about })}\n`);
}

/**
 * Removes releases that never served, and the oldest ones beyond `keep`. Never one in use, and never a folder that no release has made.
 * @returns the ids of the removed ones
 */
export async function pruneReleases(places: Places, keep: number, inUse: string[]): Promise<string[]> {
  const kept = (await listReleases(places)).slice(0, keep).map(({ folder }) => folder);
  const all = (await madeReleases(places.releases)).map((id) => join(places.releases, id));
  const surplus = all.filter((folder) => !kept.includes(folder) && !inUse.includes(folder));
  for (const folder of surplus) {
    await rm(join(folder, SERVED), { force: true }); // first, so that a partial release is not offered
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
  return surplus.map((folder) => basename(folder));
}

/** Other folders may be here, made or copied by hand. */
async function madeReleases(releases: string): Promise<string[]> {
  const names = await readdir(releases);
  const found = await Promise.all(names.map((name) => aboutOf(releases, name)));
  return names.filter((name, index) => found[index]?.id === name);
}

async function sourceOf(releases: string, id: string): Promise<string> {
  return (await aboutOf(releases, id))?.source ?? 'of unknown origin';
}

async function aboutOf(releases: string, id: string): Promise<{ id?: string; source?: string } | undefined> {
  try {
    return JSON.parse(await readFile(join(releases, id, ABOUT), 'utf8')) as { id?: string; source?: string };
  } catch {
    return undefined; // there is none, or a partial one
  }
}
