/**
 * The folder of a server's releases: `releases/<id>/` for each, `current` leading to the one in service, and the
 * settings files.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { Refusal } from '../../terminal.ts';

/** A file in each release that has served. Releases without it are incomplete, or were not accepted. */
const SERVED = '.served';
/** A file in each folder that a release has made. It has the id, which is the folder's name, and the source. */
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
  /** A link to the release whose workers PM2 starts. */
  current: string;
  /** A link to the release before, which exists until a change is complete. */
  former: string;
  /** Logs of a trial. */
  trial: string;
}

/** Creates the folders that are missing. */
export async function openPlaces(folder: string): Promise<Places> {
  await mkdir(join(folder, 'releases'), { recursive: true });
  await mkdir(join(folder, 'trial'), { recursive: true });
  const base = await realpath(folder);
  return {
    base,
    releases: join(base, 'releases'),
    current: join(base, 'current'),
    former: join(base, 'former'),
    trial: join(base, 'trial'),
  };
}

/** The release that `current` or `former` leads to, if it has served. */
export async function releaseAt(link: string): Promise<Release | undefined> {
  const folder = await realpath(link).catch(() => undefined);
  return folder && existsSync(join(folder, SERVED)) ? releaseIn(folder) : undefined;
}

/** Lets a link lead to a release, in one step. */
export async function lead(link: string, { folder }: Release): Promise<void> {
  await rm(`${link}.next`, { force: true });
  await symlink(relative(join(link, '..'), folder), `${link}.next`);
  await rename(`${link}.next`, link);
}

/** Marks a release as one to go back to. */
export function markServed({ folder }: Release): Promise<void> {
  return writeFile(join(folder, SERVED), '');
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
  const [all, current] = await Promise.all([listReleases(places), releaseAt(places.current)]);
  if (all.length === 0) return `${places.releases} has no release yet.`;
  return all.map(({ id, source }) => `${id === current?.id ? '*' : ' '} ${id}  ${source}`).join('\n');
}

/** Makes the folder of a release. Its first file marks the folder as a release's. */
export async function makeReleaseFolder(folder: string, about: { commit: string; source: string }): Promise<void> {
  await mkdir(folder);
  await writeFile(join(folder, ABOUT), `${JSON.stringify({ id: basename(folder), ...about })}\n`);
}

/**
 * Removes releases that never served, and the oldest ones beyond `keep`. Never one in use, and never a folder that no release has made.
 * @returns the ids of the removed ones
 */
export async function pruneReleases(places: Places, keep: number): Promise<string[]> {
  const inUse = await Promise.all([places.current, places.former].map(releaseAt));
  const kept = [...(await listReleases(places)).slice(0, keep), ...inUse].map((release) => release?.id);
  const surplus = (await madeReleases(places)).filter(({ id }) => !kept.includes(id));
  for (const { folder } of surplus) {
    await rm(join(folder, SERVED), { force: true }); // first, so that a partial release is not offered
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
  return surplus.map(({ id }) => id);
}

/** The releases that have served, newest first. */
async function listReleases(places: Places): Promise<Release[]> {
  const served = (await madeReleases(places)).filter(({ folder }) => existsSync(join(folder, SERVED)));
  return served.toSorted((one, other) => (one.id < other.id ? 1 : -1));
}

/** Other folders may be here, made or copied by hand. */
async function madeReleases({ releases }: Places): Promise<Release[]> {
  const found = await Promise.all((await readdir(releases)).map((name) => releaseIn(join(releases, name))));
  return found.filter((release) => release !== undefined);
}

async function releaseIn(folder: string): Promise<Release | undefined> {
  const text = await readFile(join(folder, ABOUT), 'utf8').catch(() => '{}');
  try {
    const { id, source = 'of unknown origin' } = JSON.parse(text) as Partial<Release>;
    return id === basename(folder) ? { id, folder, source } : undefined;
  } catch {
    return undefined; // a partial file
  }
}
