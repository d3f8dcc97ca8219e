// @ts-check
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal, progress } from '../../platform/src/terminal.ts';
import { imageNames, isDigest, readRegistry, readTag, required } from './names.mjs';
import { ask, readArguments, show } from './tool.mjs';

/** @typedef {import('./images.mjs').Digests} Digests */
/** @typedef {import('./release-file.mjs').Release} Release */

/** What registries say of a tag that is not there; to somebody who may not look, GitHub's says that it is denied. */
const ABSENT = /not found|manifest unknown|name unknown|denied|403/i;

/**
 * Puts the images of all platforms together under one tag, and writes the digests of the whole into a file: that is what is signed, verified and deployed.
 * A tag that is there already stays what it is, so that it never means two builds, and a release that was interrupted can be run again.
 * @param {string[]} args
 */
export async function publish(args) {
  const { values } = readArguments(args, ['registry', 'tag', 'digests', 'release']);
  const registry = readRegistry(values.registry);
  const tag = readTag(values.tag);
  const file = required('release', values.release);
  const builds = checkBuilds(await readBuilds(required('digests', values.digests)));
  /** @type {Record<string, string>} */
  const images = {};
  for (const name of imageNames) {
    const image = `${registry}/${name}`;
    images[name] = `${image}@${(await digestOf(`${image}:${tag}`)) ?? (await putTogether(image, tag, name, builds))}`;
  }
  /** @type {Release} */
  const release = {
    tag,
    revision: builds[0]?.revision ?? '',
    platforms: builds.map(({ platform }) => platform),
    images,
  };
  await writeFile(file, `${JSON.stringify(release, null, 2)}\n`);
  // As sha256sum writes them, for whoever attests.
  const sums = Object.values(images).map((image) => image.replace(/^(.*)@sha256:(.*)$/, '$2  $1\n'));
  await writeFile(`${file}.sha256`, sums.join(''));
  progress(`Published ${registry} ${tag}: ${file} has the digests`);
}

/**
 * @param {string} image
 * @param {string} tag
 * @param {string} name
 * @param {Digests[]} builds
 */
async function putTogether(image, tag, name, builds) {
  const parts = builds.map(({ digests }) => `${image}@${digests[name]}`);
  await show('docker', ['buildx', 'imagetools', 'create', '--tag', `${image}:${tag}`, ...parts], {
    failure: `${image}:${tag} could not be made`,
  });
  const digest = await digestOf(`${image}:${tag}`);
  if (digest) return digest;
  throw new Refusal(`The registry took ${image}:${tag}, but does not have it.`);
}

/**
 * The digest behind a tag; undefined where there is none.
 * @param {string} reference
 * @returns {Promise<string | undefined>}
 * @throws Refusal where the registry cannot be asked
 */
export async function digestOf(reference) {
  try {
    const told = await ask('docker', ['buildx', 'imagetools', 'inspect', '--format', '{{json .Manifest}}', reference]);
    const { digest } = JSON.parse(told);
    if (isDigest(digest)) return digest;
  } catch (error) {
    if (error instanceof Refusal && ABSENT.test(String(/** @type {{ output?: string }} */ (error).output)))
      return undefined;
    throw error;
  }
  throw new Refusal(`The registry tells no digest of ${reference}.`);
}

/** @param {string} folder @returns {Promise<Digests[]>} */
async function readBuilds(folder) {
  const names = await readdir(folder).catch(() => {
    throw new Refusal(`There is no folder ${folder}.`);
  });
  const files = names.filter((name) => name.endsWith('.json')).sort();
  return Promise.all(files.map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8'))));
}

/**
 * Builds that belong together: of one commit, each of another platform, each with every image.
 * @param {Digests[]} builds
 * @returns {Digests[]} as given
 * @throws Refusal with what does not fit
 */
export function checkBuilds(builds) {
  if (builds.length === 0) throw new Refusal('There are no digests to publish.');
  if (new Set(builds.map(({ revision }) => revision)).size > 1)
    throw new Refusal('The digests are of several commits.');
  const platforms = builds.map(({ platform }) => platform);
  if (new Set(platforms).size < platforms.length)
    throw new Refusal(`A platform was built twice: ${platforms.join(', ')}.`);
  for (const { platform, digests } of builds) {
    const missing = imageNames.filter((name) => !isDigest(digests[name]));
    if (missing.length > 0) throw new Refusal(`The build of ${platform} has no digest of ${missing.join(', ')}.`);
  }
  return builds;
}
