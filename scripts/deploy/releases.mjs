// @ts-check
/** The releases of a base: what each is, which one serves, which ones go. */
import { existsSync } from 'node:fs';
import { readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal } from '../../platform/src/terminal.ts';
import { currentRelease } from './places.mjs';

/** A folder with this in front is not finished; nothing but its removal is ever done with it. */
export const UNFINISHED = '.unfinished-';
const SERVED = '.served';

/**
 * @typedef {object} Release
 * @property {string} id also the name of its folder; ids sort by the time they were built
 * @property {string} folder
 * @property {string} source what it was built from, for people
 */

/**
 * @param {import('./places.mjs').Places} places
 * @returns {Promise<Release[]>} newest first
 */
export async function listReleases({ releases }) {
  const names = (await readdir(releases))
    .filter((name) => !name.startsWith('.'))
    .sort()
    .reverse();
  return Promise.all(
    names.map(async (id) => ({ id, folder: join(releases, id), source: await sourceOf(releases, id) })),
  );
}

/**
 * @param {import('./places.mjs').Places} places
 * @param {string} id
 * @returns {Promise<Release>}
 * @throws Refusal when there is none of that name
 */
export async function findRelease(places, id) {
  const all = await listReleases(places);
  const found = all.find((release) => release.id === id);
  if (found) return found;
  const known = all.length > 0 ? `There are: ${all.map((release) => release.id).join(', ')}.` : 'There is none yet.';
  throw new Refusal(`${places.releases} has no release ${id}. ${known}`);
}

/**
 * @param {import('./places.mjs').Places} places
 * @returns {Promise<string>} one line a release
 */
export async function describeReleases(places) {
  const [all, current] = await Promise.all([listReleases(places), currentRelease(places)]);
  if (all.length === 0) return `${places.releases} has no release yet.`;
  return all.map(({ id, folder, source }) => `${folder === current ? '*' : ' '} ${id}  ${source}`).join('\n');
}

/**
 * Removes what killed deploys left half built.
 * @param {import('./places.mjs').Places} places
 */
export async function removeUnfinished({ releases }) {
  const names = (await readdir(releases)).filter((name) => name.startsWith(UNFINISHED));
  await Promise.all(names.map((name) => rm(join(releases, name), { recursive: true, force: true, maxRetries: 3 })));
}

/**
 * From now on the release is one to go back to.
 * @param {Release} release
 */
export async function markServed({ folder }) {
  await writeFile(join(folder, SERVED), '');
}

/**
 * Removes whole releases that no deploy ever brought to serve: those of killed ones.
 * @param {import('./places.mjs').Places} places
 * @param {string[]} inUse folders
 */
export async function removeNeverServed(places, inUse) {
  for (const release of await listReleases(places)) {
    const isNeeded = existsSync(join(release.folder, SERVED)) || inUse.includes(release.folder);
    if (!isNeeded) await removeRelease(places, release);
  }
}

/**
 * Removes the oldest releases beyond `keep`, never one that is in use.
 * @param {import('./places.mjs').Places} places
 * @param {{ keep: number, inUse: string[] }} options inUse: folders
 * @returns {Promise<string[]>} the ids of those removed
 */
export async function pruneReleases(places, { keep, inUse }) {
  const surplus = (await listReleases(places)).slice(keep).filter(({ folder }) => !inUse.includes(folder));
  for (const release of surplus) await removeRelease(places, release);
  return surplus.map(({ id }) => id);
}

/**
 * @param {import('./places.mjs').Places} places
 * @param {Release} release
 */
export async function removeRelease({ releases }, { id, folder }) {
  const aside = join(releases, `${UNFINISHED}${id}`);
  await rename(folder, aside); // so that nobody finds half of it
  await rm(aside, { recursive: true, force: true, maxRetries: 3 });
}

/**
 * @param {string} releases
 * @param {string} id
 */
async function sourceOf(releases, id) {
  const text = await readFile(join(releases, id, 'release.json'), 'utf8').catch(() => undefined);
  return text === undefined ? 'of unknown origin' : String(JSON.parse(text).source);
}
