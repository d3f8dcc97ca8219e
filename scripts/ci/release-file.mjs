// @ts-check
/** What `publish` writes and everybody after it reads: a tag, and the digest of each image behind it. */
import { readFileSync } from 'node:fs';
import { Refusal } from '../../platform/src/terminal.ts';
import { imageNames } from './names.mjs';

const REFERENCE = /^[a-z0-9][a-z0-9._:/-]*@sha256:[0-9a-f]{64}$/;

/** @typedef {{ tag: string, revision: string, platforms: string[], images: Record<string, string> }} Release images: name → registry/name@sha256:… */

/**
 * @param {string} file
 * @returns {Release}
 * @throws Refusal where there is none, or it is no release
 */
export function readRelease(file) {
  let text;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new Refusal(`There is no file ${file}.`);
  }
  return parseRelease(text, file);
}

/**
 * @param {string} text
 * @param {string} file its name, for the sentence
 * @returns {Release}
 * @throws Refusal where an image has no digest
 */
export function parseRelease(text, file) {
  /** @type {Partial<Release>} */
  let release = {};
  try {
    release = JSON.parse(text);
  } catch {
    // not JSON has no tag either
  }
  const { tag, images } = release;
  const isWhole = typeof tag === 'string' && imageNames.every((name) => REFERENCE.test(images?.[name] ?? ''));
  if (!isWhole) throw new Refusal(`${file} is no release: npm run pipeline -- publish writes one.`);
  return /** @type {Release} */ (release);
}
