import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, realpath, rename, rm, symlink } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { Refusal } from '../../terminal.ts';

/** A release with this file is *accepted*: its workers have served. Other releases are unfinished or have failed. */
export const SERVED = '.served';
/** Each release has this file with its `id` and its `source`. */
export const ABOUT = 'release.json';

/** A build in a folder of its own, which PM2 starts through the link `current`. */
export interface Release {
  /** The name of the folder, such as `20261129-101500-0a1b2c3d4e`: time of the build and commit. */
  id: string;
  folder: string;
  /** The Git reference, such as `HEAD`, or the folder from which the release was made. */
  source: string;
}

/** The paths in the folder of `--base`, which has the releases and the settings files of a server. */
export type Places = Awaited<ReturnType<typeof openPlaces>>;

/** Makes missing folders, and returns the paths. */
export async function openPlaces(folder: string) {
  await mkdir(join(folder, 'releases'), { recursive: true });
  const base = await realpath(folder);
  return {
    base,
    releases: join(base, 'releases'),
    /** A link to the release that PM2 starts. */
    current: join(base, 'current'),
    /** A link to the release that served before. It exists until the new release is accepted. */
    former: join(base, 'former'),
    /** PM2's folder while a new release is tried on spare ports. */
    trial: join(base, 'trial'),
  };
}

/** Returns the release to which a link points, if the release is accepted. */
export async function releaseAt(link: string): Promise<Release | undefined> {
  const folder = await realpath(link).catch(() => undefined);
  return folder && existsSync(join(folder, SERVED)) ? releaseIn(folder) : undefined;
}

/** Points a link to a release. Readers find the old or the new link at any time. */
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

/** Returns one line for each accepted release. `*` marks the release of `current`. */
export async function describeReleases(places: Places): Promise<string> {
  const [all, current] = await Promise.all([acceptedReleases(places), releaseAt(places.current)]);
  if (all.length === 0) return `${places.releases} has no release yet.`;
  return all.map(({ id, source }) => `${id === current?.id ? '*' : ' '} ${id}  ${source}`).join('\n');
}

/**
 * Keeps the newest `keep` accepted releases, and the releases of `current` and `former`. Removes all other releases.
 * @returns the ids of the removed releases
 */
export async function pruneReleases(places: Places, keep: number): Promise<string[]> {
  const inUse = await Promise.all([places.current, places.former].map(releaseAt));
  const kept = [...(await acceptedReleases(places)).slice(0, keep), ...inUse].map((release) => release?.id);
  const surplus = (await allReleases(places)).filter(({ id }) => !kept.includes(id));
  for (const { folder } of surplus) {
    await rm(join(folder, SERVED), { force: true }); // a partly removed release must not look accepted
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
  return surplus.map(({ id }) => id);
}

/** Returns the accepted releases, newest first. */
async function acceptedReleases(places: Places): Promise<Release[]> {
  const served = (await allReleases(places)).filter(({ folder }) => existsSync(join(folder, SERVED)));
  return served.toSorted((one, other) => (one.id < other.id ? 1 : -1));
}

/** Also returns releases that are not accepted. Ignores other folders, such as a copy that a person made. */
async function allReleases({ releases }: Places): Promise<Release[]> {
  const found = await Promise.all((await readdir(releases)).map((name) => releaseIn(join(releases, name))));
  return found.filter((release) => release !== undefined);
}

async function releaseIn(folder: string): Promise<Release | undefined> {
  const reading = readFile(join(folder, ABOUT), 'utf8').then((text) => JSON.parse(text) as Partial<Release>);
  const { id, source = 'of unknown origin' } = await reading.catch((): Partial<Release> => ({})); // the file is missing or partial
  return id === basename(folder) ? { id, folder, source } : undefined;
}
