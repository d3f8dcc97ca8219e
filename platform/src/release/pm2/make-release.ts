import { existsSync } from 'node:fs';
import { cp, readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../root.ts';
import { migrations, serviceNames } from '../../services.ts';
import { Refusal, during } from '../../terminal.ts';
import { settingsFiles } from './app-plans.ts';
import { makeReleaseFolder, type Places, type Release } from './releases.ts';
import { runStep } from './run-step.ts';

const MINUTE_MS = 60_000;
/** Files that a folder needs to run. */
const PARTS = [
  'ecosystem.config.js',
  'node_modules',
  ...migrations.map(({ service }) => `services/${service}/dist/migrate.js`),
  ...serviceNames.map((service) => `services/${service}/dist/main.js`),
];

/** The source of a build: a commit, a built folder, or a former release. */
export type Source = { ref: string } | { from: string } | { release: string };

interface Options {
  signal: AbortSignal;
  /** The environment for npm, which may name a registry. */
  env: NodeJS.ProcessEnv;
}

/**
 * Makes a release of a commit or a built folder.
 * @throws Refusal; then nothing of the release is left
 */
export async function makeRelease(
  places: Places,
  source: { ref: string } | { from: string },
  options: Options,
): Promise<Release> {
  const commit = 'ref' in source ? await commitOf(source.ref, options.signal) : await commitOfBuilt(source.from);
  const id = idOf(places, commit);
  const folder = join(places.releases, id);
  const description = `${'ref' in source ? source.ref : source.from} (${commit})`;
  await makeReleaseFolder(folder, { commit, source: description }).catch((error: unknown) => {
    throw refusalOf(error);
  });
  try {
    if ('ref' in source) await buildCommit(folder, commit, options);
    else await copyBuilt(source.from, folder);
    options.signal.throwIfAborted();
    const missing = PARTS.filter((part) => !existsSync(join(folder, part)));
    if (missing.length > 0) throw new Refusal(`The build is incomplete: ${missing.join(', ')} is missing.`);
    await linkSettings(folder);
  } catch (error) {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
    throw refusalOf(error);
  }
  return { id, folder, source: description };
}

async function buildCommit(folder: string, commit: string, options: Options): Promise<void> {
  const step = { ...options, cwd: folder, timeoutMs: 15 * MINUTE_MS };
  const archive = join(folder, 'source.tar');
  const failure = `The files of ${commit} could not be written to ${folder}`;
  await runStep('git', ['-C', root, 'archive', '--output', archive, commit], { ...step, failure });
  await runStep('tar', ['-xf', archive], { ...step, failure });
  await rm(archive);
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  const npm = (sentence: string, ...args: string[]) =>
    during(sentence, () => runStep('npm', args, { ...step, failure: `npm ${args.slice(0, 2).join(' ')} failed` }));
  await npm('Installing packages', 'ci', '--include=dev', '--include=optional', '--prefer-offline', ...quiet);
  await npm('Building', 'run', 'build');
  // Before the trial, so that the trial fails if a needed package is marked as a development package.
  await npm('Removing development packages', 'prune', '--omit=dev', ...quiet);
}

async function copyBuilt(from: string, to: string): Promise<void> {
  if (!existsSync(from)) throw new Refusal(`There is no folder ${from}.`);
  const leftOut = ['.git', '.data', 'release.json', '.served', ...settingsFiles].map((name) => join(from, name));
  const filter = (path: string) => !leftOut.includes(path);
  await during(`Copying ${from}`, () => cp(from, to, { recursive: true, verbatimSymlinks: true, filter }));
}

/** Settings belong to the server, not to a build: every release reads the same files. They need not exist. */
async function linkSettings(folder: string): Promise<void> {
  for (const file of settingsFiles) {
    await rm(join(folder, file), { force: true });
    await symlink(`../../${file}`, join(folder, file));
  }
}

async function commitOf(ref: string, signal: AbortSignal): Promise<string> {
  const args = ['-C', root, 'rev-parse', '--verify', '--quiet', '--short=10', `${ref}^{commit}`];
  const failure = `${root} has no commit ${ref}`;
  return (await runStep('git', args, { cwd: root, signal, failure, timeoutMs: MINUTE_MS })).trim();
}

async function commitOfBuilt(folder: string): Promise<string> {
  const text = await readFile(join(folder, 'release.json'), 'utf8').catch(() => '{}');
  return (JSON.parse(text) as { commit?: string }).commit ?? 'built';
}

function idOf({ releases }: Places, commit: string): string {
  const time = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  const id = `${time}-${commit}`;
  for (let number = 1; ; number += 1) {
    const free = number === 1 ? id : `${id}-${number}`;
    if (!existsSync(join(releases, free))) return free;
  }
}

function refusalOf(error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC') return new Refusal('The disk is full: the release could not be written.');
  return ['EACCES', 'EPERM', 'EROFS', 'EDQUOT'].includes(code ?? '')
    ? new Refusal(`The release could not be written: ${message}.`)
    : error;
}
