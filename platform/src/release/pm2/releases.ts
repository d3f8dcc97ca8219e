import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, realpath, rename, rm, symlink } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { Refusal } from '../../terminal.ts';

/** A file in each release that PM2 has run successfully. A release without this file is incomplete or has failed. */
export const SERVED = '.served';
/** A file in each release, with its id and source. */
export const ABOUT = 'release.json';

/** A build that PM2 can run. */
export interface Release {
  /** The name of the folder. Ids sort by the time of the build. */
  id: string;
  folder: string;
  /** The commit or the folder from which the release was made. */
  source: string;
}

/** The folder of a server's releases, and the paths in it. */
export type Places = Awaited<ReturnType<typeof openPlaces>>;

/** Returns the paths, and creates missing folders. The settings files are in `base`. */
export async function openPlaces(folder: string) {
  await mkdir(join(folder, 'releases'), { recursive: true });
  const base = await realpath(folder);
  return {
    base,
    releases: join(base, 'releases'),
    /** A link to the release that PM2 starts. */
    current: join(base, 'current'),
    /** A link to the previous release. It exists only during a change of `current`. */
    former: join(base, 'former'),
    /** The folder of PM2 during a trial. */
    trial: join(base, 'trial'),
  };
}

/** Returns the release that a link points to, if it has the file `SERVED`. */
export async function releaseAt(link: string): Promise<Release | undefined> {
  const folder = await realpath(link).catch(() => undefined);
  return folder && existsSync(join(folder, SERVED)) ? releaseIn(folder) : undefined;
}

/** Points a link to a release. Readers of the link see the old or the new release, and never a missing link. */
export async function lead(link: string, { folder }: Release): Promise<void> {
  await rm(`${link}.next`, { force: true });
  await symlink(relative(join(link, '..'), folder), `${link}.next`);
  await rename(`${link}.next`, link);
}

/** @throws Refusal when no release with this id has the file `SERVED` */
export async function findRelease(places: Places, id: string): Promise<Release> {
  const found = (await listReleases(places)).find((release) => release.id === id);
  if (found) return found;
  throw new Refusal(`${places.releases} has no release ${id}. --list shows the releases to go back to.`);
}

/** Returns one line for each release. `*` marks the release in service. */
export async function describeReleases(places: Places): Promise<string> {
  const [all, current] = await Promise.all([listReleases(places), releaseAt(places.current)]);
  if (all.length === 0) return `${places.releases} has no release yet.`;
  return all.map(({ id, source }) => `${id === current?.id ? '*' : ' '} ${id}  ${source}`).join('\n');
}

/**
 * Keeps the newest `keep` releases with the file `SERVED`, and the releases in use. Removes all other releases.
 * @returns the ids of the removed releases
 */
export async function pruneReleases(places: Places, keep: number): Promise<string[]> {
  const inUse = await Promise.all([places.current, places.former].map(releaseAt));
  const kept = [...(await listReleases(places)).slice(0, keep), ...inUse].map((release) => release?.id);
  const surplus = (await madeReleases(places)).filter(({ id }) => !kept.includes(id));
  for (const { folder } of surplus) {
    await rm(join(folder, SERVED), { force: true }); // first, so that a partly removed release is not listed
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
  return surplus.map(({ id }) => id);
}

/** Returns the releases with the file `SERVED`, newest first. */
async function listReleases(places: Places): Promise<Release[]> {
  const served = (await madeReleases(places)).filter(({ folder }) => existsSync(join(folder, SERVED)));
  return served.toSorted((one, other) => (one.id < other.id ? 1 : -1));
}

/** Returns the releases. Leaves out other folders, which a person may have made or copied. */
async function madeReleases({ releases }: Places): Promise<Release[]> {
  const found = await Promise.all((await readdir(releases)).map((name) => releaseIn(join(releases, name))));
  return found.filter((release) => release !== undefined);
}

async function releaseIn(folder: string): Promise<Release | undefined> {
  const reading = readFile(join(folder, ABOUT), 'utf8').then((text) => JSON.parse(text) as Partial<Release>);
  const { id, source = 'of unknown origin' } = await reading.catch((): Partial<Release> => ({})); // the file is missing or partial
  return id === basename(folder) ? { id, folder, source } : undefined;
}
