// @ts-check
/** What lies where in the folder that a server keeps its releases in. */
import { mkdir, readFile, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/**
 * @typedef {object} Places
 * @property {string} base
 * @property {string} releases one folder a release
 * @property {string} current the link to the release that serves
 * @property {string} dotenv the settings, shared by all releases
 * @property {string} journal what is being replaced by what; there only while a deploy touches workers
 * @property {string} smoke the processes of a smoke test, as records
 */

/**
 * @param {string} base
 * @returns {Promise<Places>} the folders are made where they are missing
 */
export async function openPlaces(base) {
  await mkdir(join(base, 'releases'), { recursive: true });
  const real = await realpath(base); // PM2 and the kernel name folders without links; so do we
  const places = {
    base: real,
    releases: join(real, 'releases'),
    current: join(real, 'current'),
    dotenv: join(real, '.env'),
    journal: join(real, 'deploy.json'),
    smoke: join(real, 'smoke'),
  };
  await mkdir(places.smoke, { recursive: true });
  return places;
}

/**
 * @param {Places} places
 * @returns {Promise<string | undefined>} the folder of the release that serves
 */
export function currentRelease({ current }) {
  return realpath(current).catch(() => undefined);
}

/**
 * Moves the link in one step: whoever follows it finds the former release or this one.
 * @param {Places} places
 * @param {string} folder
 */
export async function pointCurrentAt({ base, current }, folder) {
  const next = `${current}.next`;
  await rm(next, { force: true });
  await symlink(relative(base, folder), next);
  await rename(next, current);
}

/** @typedef {{ from: string | null, to: string }} Journal folders; `from` is null at the first deploy */

/**
 * @param {Places} places
 * @param {Journal} journal
 */
export async function writeJournal({ journal: file }, journal) {
  await writeFile(`${file}.next`, `${JSON.stringify(journal)}\n`);
  await rename(`${file}.next`, file);
}

/**
 * @param {Places} places
 * @returns {Promise<Journal | undefined>} that of a deploy which was killed while it touched workers
 */
export async function readJournal({ journal }) {
  const text = await readFile(journal, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}

/** @param {Places} places */
export async function removeJournal({ journal }) {
  await rm(journal, { force: true });
}
