// @ts-check
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { programImage } from '../../platform/src/images/named-images.ts';
import { root } from '../../platform/src/root.ts';
import { Refusal, progress } from '../../platform/src/terminal.ts';
import { imageNames, isDigest, readPlatform, readRegistry, readTag, required } from './names.mjs';
import { ask, readArguments, show } from './tool.mjs';

/** @typedef {{ platform: string, revision: string, digests: Record<string, string> }} Digests what one platform's build has pushed */

/**
 * Builds all images as docker/bake.hcl says: into this machine's engine as mainstay/NAME:TAG, or into a registry without a tag.
 * In the registry they carry a bill of materials and their provenance; nothing of a cache is in them.
 * @param {string[]} args
 */
export async function images(args) {
  const { values } = readArguments(args, ['tag', 'push', 'platform', 'digests']);
  if (values.push !== undefined) return push(values);
  if (values.platform ?? values.digests) throw new Refusal('--platform and --digests belong to --push.');
  const tag = readTag(values.tag ?? 'dev');
  await bake({ TAG: tag, VERSION: tag }, []);
  progress(`Built ${imageNames.map((name) => `mainstay/${name}:${tag}`).join(', ')}`);
}

/** @param {{ tag?: string, push?: string, platform?: string, digests?: string }} values */
async function push(values) {
  const platform = readPlatform(values.platform);
  const registry = readRegistry(values.push);
  const file = resolve(required('digests', values.digests));
  const tag = readTag(values.tag);
  const place = await mkdtemp(join(tmpdir(), 'mainstay-images-'));
  try {
    const metadata = join(place, 'metadata.json');
    const revision = await bake(
      { PUSH: 'true', SBOM_GENERATOR: programImage('sbom-generator'), REGISTRY: registry, TAG: tag, VERSION: tag },
      [...['--set', `*.platform=${platform}`], ...['--metadata-file', metadata]],
    );
    const digests = digestsOf(JSON.parse(await readFile(metadata, 'utf8')));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${JSON.stringify({ platform, revision, digests }, null, 2)}\n`);
    progress(`Pushed to ${registry}: ${file} has the digests`);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

/**
 * @param {Record<string, string>} variables of docker/bake.hcl
 * @param {string[]} more arguments
 * @returns {Promise<string>} the commit that was built
 */
async function bake(variables, more) {
  const [revision = '', seconds = ''] = (await ask('git', ['log', '-1', '--format=%H %ct'])).split(' ');
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY } = process.env;
  const source = GITHUB_SERVER_URL && GITHUB_REPOSITORY ? `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}` : '';
  // The time of the commit instead of the time of the build, so that the same commit makes the same layers.
  const env = { ...process.env, SOURCE_DATE_EPOCH: seconds, REVISION: revision, SOURCE: source, ...variables };
  await show('docker', ['buildx', 'bake', '--file', join(root, 'docker/bake.hcl'), ...more], {
    env,
    failure: 'The images could not be built',
  });
  return revision;
}

/**
 * The digests in what buildx says of a build.
 * @param {Record<string, { 'containerimage.digest'?: string }>} metadata
 * @returns {Record<string, string>}
 * @throws Refusal where an image has none
 */
export function digestsOf(metadata) {
  return Object.fromEntries(
    imageNames.map((name) => {
      const digest = metadata[name]?.['containerimage.digest'];
      if (!isDigest(digest)) throw new Refusal(`The build told no digest of ${name}.`);
      return [name, digest];
    }),
  );
}
