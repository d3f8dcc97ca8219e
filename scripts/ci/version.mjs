// @ts-check
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../platform/src/root.ts';
import { Refusal } from '../../platform/src/terminal.ts';
import { readRegistry } from './names.mjs';
import { ask, readArguments } from './tool.mjs';

const RELEASE = /^v(\d{1,6}\.\d{1,6}\.\d{1,6}(-[0-9a-z]{1,12}(\.\d{1,6})?)?)$/;
const COMMIT = /^[0-9a-f]{40}$/;
const REPOSITORY = /^[\w.-]+\/[\w.-]+$/;

/** @typedef {{ refType: string, refName: string, commit: string, packageVersion: string, repository?: string | undefined }} Commit */

/**
 * Prints the names of this commit as NAME=VALUE, and tells them the following steps of a workflow by the file in GITHUB_OUTPUT.
 * @param {string[]} args none
 */
export async function version(args) {
  readArguments(args, []);
  const { GITHUB_REF_TYPE, GITHUB_REF_NAME, GITHUB_SHA, GITHUB_REPOSITORY, GITHUB_OUTPUT } = process.env;
  const names = nameCommit({
    refType: GITHUB_REF_TYPE ?? 'branch',
    refName: GITHUB_REF_NAME ?? (await ask('git', ['rev-parse', '--abbrev-ref', 'HEAD'])),
    commit: GITHUB_SHA ?? (await ask('git', ['rev-parse', 'HEAD'])),
    packageVersion: JSON.parse(await readFile(join(root, 'package.json'), 'utf8')).version,
    repository: GITHUB_REPOSITORY,
  });
  const lines = Object.entries(names).map(([name, value]) => `${name}=${value}\n`);
  process.stdout.write(lines.join(''));
  if (GITHUB_OUTPUT) await appendFile(GITHUB_OUTPUT, lines.join(''));
}

/**
 * A release tag `v1.2.3` names the images `1.2.3`; a commit of main `main-` and its first twelve digits. Neither is ever given to another build.
 * @param {Commit} commit
 * @returns {{ tag: string, registry?: string }} registry: where this repository's images live
 * @throws Refusal for anything else, and for a release that package.json does not know of
 */
export function nameCommit({ refType, refName, commit, packageVersion, repository }) {
  if (!COMMIT.test(commit)) throw new Refusal(`"${commit}" is no commit.`);
  if (repository !== undefined && !REPOSITORY.test(repository)) throw new Refusal(`"${repository}" is no repository.`);
  const registry = repository && readRegistry(`ghcr.io/${repository.toLowerCase()}`);
  return { tag: tagOf(refType, refName, commit, packageVersion), ...(registry && { registry }) };
}

/**
 * @param {string} refType
 * @param {string} refName
 * @param {string} commit
 * @param {string} packageVersion
 */
function tagOf(refType, refName, commit, packageVersion) {
  if (refType !== 'tag') {
    if (refName === 'main') return `main-${commit.slice(0, 12)}`;
    throw new Refusal(`Images are named on main and on tags, and this is ${refName}.`);
  }
  const [, released] = RELEASE.exec(refName) ?? [];
  if (released === undefined)
    throw new Refusal(`A release's tag is like v1.2.3 or v1.2.3-rc.1, but this is ${refName}.`);
  if (released === packageVersion) return released;
  throw new Refusal(`The tag is ${refName}, but package.json says ${packageVersion}: commit the version, then tag it.`);
}
