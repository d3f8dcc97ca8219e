// @ts-check
/** Signatures by cosign: on the digest of the whole image, and so on every platform, bill of materials and provenance in it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../platform/src/root.ts';
import { Refusal, progress } from '../../platform/src/terminal.ts';
import { required } from './names.mjs';
import { digestOf } from './publish.mjs';
import { readRelease } from './release-file.mjs';
import { ask, readArguments, show } from './tool.mjs';

/** @typedef {import('./release-file.mjs').Release} Release */

const ISSUER = 'https://token.actions.githubusercontent.com';
const WORKFLOW = /^[\w.-]+\/[\w.-]+\/\.github\/workflows\/[\w.-]+@refs\/[\w./-]+$/;

/**
 * Signs each image of a release. Without a key the workflow's own identity signs, for some minutes, and the public log remembers it.
 * @param {string[]} args
 */
export async function sign(args) {
  const { values } = readArguments(args, ['release', 'key']);
  const release = readRelease(required('release', values.release));
  const how = values.key === undefined ? [] : ['--key', values.key];
  for (const image of Object.values(release.images)) {
    await show('cosign', ['sign', '--yes', '--recursive', ...how, image], { failure: `${image} could not be signed` });
  }
}

/**
 * Refuses a release whose tags mean other images by now, or which has an image that is not signed by the workflow that runs this, of the same branch or tag.
 * With an overlay, also one that takes its images from elsewhere.
 * @param {string[]} args
 */
export async function verify(args) {
  const { values } = readArguments(args, ['release', 'overlay', 'key']);
  const release = readRelease(required('release', values.release));
  if (values.overlay !== undefined) await checkOverlay(values.overlay, release);
  const who = values.key === undefined ? identity(process.env.GITHUB_WORKFLOW_REF) : ['--key', values.key];
  for (const image of Object.values(release.images)) {
    const [name = '', digest] = image.split('@');
    const now = await digestOf(`${name}:${release.tag}`);
    if (now !== digest) throw new Refusal(`${name}:${release.tag} was ${digest}, and is ${now ?? 'gone'}.`);
    await ask('cosign', ['verify', ...who, image], { failure: `${image} is not signed by whom it should be` });
  }
  progress(`${release.tag} is what was published, and signed`);
}

/**
 * @param {string | undefined} workflow as GitHub names it: owner/repository/.github/workflows/release.yml@refs/heads/main
 * @returns {string[]}
 */
export function identity(workflow) {
  if (workflow === undefined || !WORKFLOW.test(workflow)) {
    throw new Refusal('Without --key, GITHUB_WORKFLOW_REF must name the workflow that signed.');
  }
  return ['--certificate-identity', `https://github.com/${workflow}`, '--certificate-oidc-issuer', ISSUER];
}

/** @param {string} overlay @param {Release} release */
async function checkOverlay(overlay, release) {
  const { parse } = await import('yaml');
  if (!/^[a-z0-9-]+$/.test(overlay)) throw new Refusal(`"${overlay}" is no overlay.`);
  const file = `k8s/overlays/${overlay}/kustomization.yaml`;
  const text = await readFile(join(root, file), 'utf8').catch(() => {
    throw new Refusal(`There is no overlay ${overlay}.`);
  });
  for (const sentence of misplacedImages(parse(text).images ?? [], release)) throw new Refusal(`${file} ${sentence}`);
}

/**
 * The images of an overlay that are not the ones of a release, as sentences.
 * @param {{ name: string, newName?: string }[]} images of a kustomization
 * @param {Release} release
 * @returns {string[]}
 */
export function misplacedImages(images, release) {
  return images.flatMap(({ name, newName = name }) => {
    const published = release.images[name.replace('mainstay/', '')]?.split('@')[0];
    if (published === undefined || published === newName) return [];
    return [`takes ${newName}, but the release is ${published}: change newName.`];
  });
}
