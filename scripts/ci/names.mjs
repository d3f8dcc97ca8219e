// @ts-check
/** What images, tags, registries and digests look like: what is not so is refused before any program gets it. */
import { Refusal } from '../../platform/src/terminal.ts';

/** Every image of the platform; docker/bake.hcl builds them. */
export const imageNames = /** @type {const} */ (['gateway', 'accounts', 'activity', 'web', 'secrets']);

/** Also a label's value and the end of a Job's name in Kubernetes: lower case, and short. */
const TAG = /^[a-z0-9]([a-z0-9.-]{0,46}[a-z0-9])?$/;
const REGISTRY = /^[a-z0-9][a-z0-9.-]*(:\d{1,5})?(\/[a-z0-9][a-z0-9._-]*)+$/;
const PLATFORM = /^linux\/(amd64|arm64)$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** @param {string | undefined} tag @returns {string} */
export function readTag(tag) {
  if (tag !== undefined && TAG.test(tag) && tag !== 'latest') return tag;
  throw new Refusal(
    `--tag must be lower-case letters, digits, dots and dashes, at most 48, and not "latest", but is ${said(tag)}.`,
  );
}

/** @param {string | undefined} registry a host and a path, such as ghcr.io/owner/repository @returns {string} */
export function readRegistry(registry) {
  if (registry !== undefined && REGISTRY.test(registry)) return registry;
  throw new Refusal(`A registry is named like ghcr.io/owner/repository, in lower case, but this is ${said(registry)}.`);
}

/** @param {string | undefined} platform @returns {string} */
export function readPlatform(platform) {
  if (platform !== undefined && PLATFORM.test(platform)) return platform;
  throw new Refusal(`--platform must be linux/amd64 or linux/arm64, but is ${said(platform)}.`);
}

/** @param {unknown} digest @returns {digest is string} */
export function isDigest(digest) {
  return typeof digest === 'string' && DIGEST.test(digest);
}

/**
 * @param {string} name
 * @param {string | undefined} value
 * @returns {string}
 */
export function required(name, value) {
  if (value !== undefined) return value;
  throw new Refusal(`--${name} is missing.`);
}

/** @param {string | undefined} text */
function said(text) {
  return text === undefined ? 'missing' : `"${text}"`;
}
