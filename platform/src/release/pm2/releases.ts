import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, realpath, rename, rm, symlink } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { Refusal } from '../../terminal.ts';

/** This file marks an *accepted* release, which has served requests. Other releases are unfinished or have failed. */
export const SERVED = '.served';
/** Name of the file that contains the `id` and the `source` of a release. */
export const ABOUT = 'release.json';

/** A build in its own folder. PM2 starts a release through the link `current`. */
export interface Release {
  /** The folder's name: time of the build, and id of the commit or `built`, as in `20261129-101500-0a1b2c3d4e`. */
  id: string;
  folder: string;
  /** The source of the build: a folder, or a Git reference such as `HEAD`. */
  source: string;
}

/** Paths in the folder that `--base` names. The folder contains the releases and the settings files of a server. */
export type Places = Awaited<ReturnType<typeof openPlaces>>;

export async function openPlaces(folder: string) {
  await mkdir(join(folder, 'releases'), { recursive: true });
  const base = await realpath(folder);
  return {
    base,
    releases: join(base, 'releases'),
    /** A link to the release that PM2 starts. */
    current: join(base, 'current'),
    /** A link to the release that served before. The link exists until the new release is accepted. */
    former: join(base, 'former'),
    /** The folder of the separate PM2 that tries a new release on spare ports. */
    trial: join(base, 'trial'),
  };
}

/** Returns the release to which a link points. Returns undefined if the release has never served requests. */
export async function releaseAt(link: string): Promise<Release | undefined> {
  const folder = await realpath(link).catch(() => undefined);
  return folder && existsSync(join(folder, SERVED)) ? releaseIn(folder) : undefined;
}

/** Makes a link point to a release. A rename replaces the old link, so readers find a link at any time. */
export async function pointLink(link: string, { folder }: Release): Promise<void> {
  await rm(`${link}.next`, { force: true });
  await symlink(relative(join(link, '..'), folder), `${link}.next`);
  await rename(`${link}.next`, link);
}

/** @throws Refusal when no accepted release has this id */
export async function findRelease(places: Places, id: string): Promise<Release> {
  const found = (await acceptedReleases(places)).find((release) => release.id === id);
  if (found) return found;
  throw new Refusal(`${places.releases} has no release ${id}. --list shows the releases to go back to.`);
}

/** Returns one line for each accepted release. A `*` marks the release to which the link `current` points. */
export async function describeReleases(places: Places): Promise<string> {
  const [all, current] = await Promise.all([acceptedReleases(places), releaseAt(places.current)]);
  if (all.length === 0) return `${places.releases} has no release yet.`;
  return all.map(({ id, source }) => `${id === current?.id ? '*' : ' '} ${id}  ${source}`).join('\n');
}

/** Keeps the newest `keep` accepted releases, and the targets of `current` and `former`. @returns the removed ids */
export async function pruneReleases(places: Places, keep: number): Promise<string[]> {
  const inUse = await Promise.all([places.current, places.former].map(releaseAt));
  const kept = [...(await acceptedReleases(places)).slice(0, keep), ...inUse].map((release) => release?.id);
  const surplus = (await allReleases(places)).filter(({ id }) => !kept.includes(id));
  for (const { folder } of surplus) {
    // First remove the mark of an accepted release, because the removal of the folder can fail halfway.
    await rm(join(folder, SERVED), { force: true });
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
  return surplus.map(({ id }) => id);
}

/** Returns the accepted releases, newest first. */
async function acceptedReleases(places: Places): Promise<Release[]> {
  const served = (await allReleases(places)).filter(({ folder }) => existsSync(join(folder, SERVED)));
  return served.toSorted((one, other) => (one.id < other.id ? 1 : -1));
}

/** Returns all releases, accepted or not. Ignores a folder whose name is not the id of its release, such as a copy. */
async function allReleases({ releases }: Places): Promise<Release[]> {
  const found = await Promise.all((await readdir(releases)).map((name) => releaseIn(join(releases, name))));
  return found.filter((release) => release !== undefined);
}

async function releaseIn(folder: string): Promise<Release | undefined> {
  const reading = readFile(join(folder, ABOUT), 'utf8').then((text) => JSON.parse(text) as Partial<Release>);
  const { id, source = 'of unknown origin' } = await reading.catch((): Partial<Release> => ({})); // the file is missing or partial
  return id === basename(folder) ? { id, folder, source } : undefined;
}
