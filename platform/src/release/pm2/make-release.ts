import { existsSync } from 'node:fs';
import { cp, readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '../../processes/run-program.ts';
import { root } from '../../root.ts';
import { migrations, serviceNames } from '../../services.ts';
import { Refusal, during } from '../../terminal.ts';
import { makeReleaseFolder, type Places, type Release } from './releases.ts';

const MINUTE_MS = 60_000;
/** The files that a release reads settings from: for all services, for each service, and for the migrations. */
const SETTINGS_FILES = [
  '.env',
  ...[...serviceNames, ...migrations.map(({ job }) => job)].map((name) => `.env.${name}`),
];
/** Files that a folder needs to run. */
const PARTS = [
  'ecosystem.config.js',
  'node_modules',
  ...migrations.map(({ service }) => `services/${service}/dist/migrate.js`),
  ...serviceNames.map((service) => `services/${service}/dist/main.js`),
];

/** A commit, or a folder that was built elsewhere. */
type Source = { ref: string } | { from: string };

/**
 * Makes a release of a commit or a built folder.
 * @throws Refusal; then nothing of the release is left
 */
export async function makeRelease({ releases }: Places, source: Source, signal: AbortSignal): Promise<Release> {
  const commit = 'ref' in source ? await commitOf(source.ref, signal) : await commitOfBuilt(source.from);
  const time = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  const id = `${time}-${commit}`;
  const folder = join(releases, id);
  const description = `${'ref' in source ? source.ref : source.from} (${commit})`;
  try {
    await makeReleaseFolder(folder, { commit, source: description });
    if ('ref' in source) await buildCommit(folder, commit, signal);
    else await copyBuilt(source.from, folder);
    signal.throwIfAborted();
    const missing = PARTS.filter((part) => !existsSync(join(folder, part)));
    if (missing.length > 0) throw new Refusal(`The build is incomplete: ${missing.join(', ')} is missing.`);
    // Settings belong to the server, not to a build: every release reads the same files. They need not exist.
    for (const file of SETTINGS_FILES) {
      await rm(join(folder, file), { force: true });
      await symlink(`../../${file}`, join(folder, file));
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
    // The system's own sentence: the disk is full, or a folder may not be written.
    if (!(error as NodeJS.ErrnoException).code) throw error;
    throw new Refusal(`The release could not be written: ${(error as Error).message}.`);
  }
  return { id, folder, source: description };
}

async function buildCommit(folder: string, commit: string, signal: AbortSignal): Promise<void> {
  const step = { signal, cwd: folder, timeoutMs: 15 * MINUTE_MS };
  const archive = join(folder, 'source.tar');
  const failure = `The files of ${commit} could not be written to ${folder}`;
  await runProgram('git', ['-C', root, 'archive', '--output', archive, commit], { ...step, failure });
  await runProgram('tar', ['-xf', archive], { ...step, failure });
  await rm(archive);
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  const npm = (sentence: string, ...args: string[]) =>
    during(sentence, () => runProgram('npm', args, { ...step, failure: `npm ${args.slice(0, 2).join(' ')} failed` }));
  await npm('Installing packages', 'ci', '--include=dev', '--include=optional', '--prefer-offline', ...quiet);
  await npm('Building', 'run', 'build');
  // Before the trial, so that the trial fails if a needed package is marked as a development package.
  await npm('Removing development packages', 'prune', '--omit=dev', ...quiet);
}

async function copyBuilt(from: string, to: string): Promise<void> {
  if (!existsSync(from)) throw new Refusal(`There is no folder ${from}.`);
  const leftOut = ['.git', '.data', 'release.json', '.served', ...SETTINGS_FILES].map((name) => join(from, name));
  const filter = (path: string) => !leftOut.includes(path);
  await during(`Copying ${from}`, () => cp(from, to, { recursive: true, verbatimSymlinks: true, filter }));
}

async function commitOf(ref: string, signal: AbortSignal): Promise<string> {
  const args = ['-C', root, 'rev-parse', '--verify', '--quiet', '--short=10', `${ref}^{commit}`];
  const failure = `${root} has no commit ${ref}`;
  return (await runProgram('git', args, { cwd: root, signal, failure, timeoutMs: MINUTE_MS })).trim();
}

async function commitOfBuilt(folder: string): Promise<string> {
  const text = await readFile(join(folder, 'release.json'), 'utf8').catch(() => '{}');
  return (JSON.parse(text) as { commit?: string }).commit ?? 'built';
}
