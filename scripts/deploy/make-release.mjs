// @ts-check
/** Makes a release folder out of a commit or of a built folder. It gets its name when it is whole: what has a name can be run. */
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../platform/src/root.ts';
import { Refusal, during } from '../../platform/src/terminal.ts';
import { UNFINISHED } from './releases.mjs';
import { runStep } from './run-step.mjs';
import { settingsFiles } from './service-addresses.mjs';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** What a folder must hold to be run; anything else is a matter of the build. */
const PARTS = [
  'ecosystem.config.js',
  'node_modules',
  'services/accounts/dist/migrate.js',
  ...['gateway', 'accounts', 'activity'].map((service) => `services/${service}/dist/main.js`),
];

/**
 * @param {import('./places.mjs').Places} places
 * @param {{ ref: string } | { from: string }} source
 * @param {{ signal: AbortSignal, npmEnvironment: NodeJS.ProcessEnv }} options
 * @returns {Promise<import('./releases.mjs').Release>}
 * @throws Refusal; nothing of the release is left then
 */
export async function makeRelease(places, source, { signal, npmEnvironment }) {
  const commit = 'ref' in source ? await commitOf(source.ref, signal) : await commitOfBuilt(source.from);
  const id = idOf(places, commit);
  const folder = join(places.releases, `${UNFINISHED}${id}`);
  const description = 'ref' in source ? `${source.ref} (${commit})` : `${source.from} (${commit})`;
  try {
    await mkdir(folder);
    if ('ref' in source) await buildCommit(folder, commit, { signal, env: npmEnvironment });
    else await copyBuilt(source.from, folder, signal);
    const missing = PARTS.filter((part) => !existsSync(join(folder, part)));
    if (missing.length > 0) throw new Refusal(`The build is not whole: ${missing.join(', ')} is missing.`);
    await linkSettings(folder);
    await writeFile(join(folder, 'release.json'), `${JSON.stringify({ id, commit, source: description })}\n`);
    await rename(folder, join(places.releases, id));
  } catch (error) {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
    throw refusalOf(error);
  }
  return { id, folder: join(places.releases, id), source: description };
}

/**
 * @param {string} folder
 * @param {string} commit
 * @param {{ signal: AbortSignal, env: NodeJS.ProcessEnv }} options
 */
async function buildCommit(folder, commit, options) {
  const step = { ...options, cwd: folder, timeoutMs: 15 * MINUTE };
  const archive = `${folder}/source.tar`;
  const failure = `The files of ${commit} could not be written to ${folder}`;
  await runStep('git', ['-C', root, 'archive', '--output', archive, commit], { ...step, failure });
  await runStep('tar', ['-xf', archive], { ...step, failure });
  await rm(archive);
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  const install = ['ci', '--include=dev', '--include=optional', '--prefer-offline', ...quiet];
  await during('Installing packages (npm ci)', () =>
    runStep('npm', install, { ...step, failure: 'The packages could not be installed: npm ci failed' }),
  );
  await during('Building (npm run build)', () =>
    runStep('npm', ['run', 'build'], { ...step, failure: 'The build failed' }),
  );
  // The smoke test runs what is left, so that a package which was only thought to be needed for development is found out there.
  await during('Leaving development packages out (npm prune)', () =>
    runStep('npm', ['prune', '--omit=dev', ...quiet], { ...step, failure: 'npm prune failed' }),
  );
}

/**
 * @param {string} from
 * @param {string} to
 * @param {AbortSignal} signal
 */
async function copyBuilt(from, to, signal) {
  if (!existsSync(from)) throw new Refusal(`There is no folder ${from}.`);
  signal.throwIfAborted();
  const isWanted = (/** @type {string} */ path) =>
    !['.git', '.data', 'release.json', '.served', ...settingsFiles].some((name) => path === join(from, name));
  await during(`Copying ${from}`, () => cp(from, to, { recursive: true, verbatimSymlinks: true, filter: isWanted }));
  signal.throwIfAborted();
}

/** @param {string} folder settings belong to the server, not to a build: every release reads the same files, which need not exist */
async function linkSettings(folder) {
  for (const file of settingsFiles) {
    await rm(join(folder, file), { force: true });
    await symlink(`../../${file}`, join(folder, file));
  }
}

/**
 * @param {string} ref
 * @param {AbortSignal} signal
 */
async function commitOf(ref, signal) {
  const failure = `${root} has no commit ${ref}`;
  const args = ['-C', root, 'rev-parse', '--verify', '--quiet', '--short=10', `${ref}^{commit}`];
  return (await runStep('git', args, { cwd: root, signal, failure, timeoutMs: 30 * SECOND })).trim();
}

/**
 * @param {string} folder
 * @returns {Promise<string>}
 */
async function commitOfBuilt(folder) {
  const text = await readFile(join(folder, 'release.json'), 'utf8').catch(() => '{}');
  return JSON.parse(text).commit ?? 'built';
}

/**
 * @param {import('./places.mjs').Places} places
 * @param {string} commit
 */
function idOf({ releases }, commit) {
  const time = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  const id = `${time}-${commit}`;
  for (let number = 2; ; number += 1) {
    const free = number === 2 ? id : `${id}-${number - 1}`;
    if (!existsSync(join(releases, free))) return free;
  }
}

/** @param {unknown} error */
function refusalOf(error) {
  const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
  if (code === 'ENOSPC') return new Refusal('The disk is full: the release could not be written.');
  return code && ['EACCES', 'EPERM', 'EROFS', 'EDQUOT'].includes(code)
    ? new Refusal(`The release could not be written: ${message}.`)
    : error;
}
