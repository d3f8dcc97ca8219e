import { existsSync } from 'node:fs';
import { cp, readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '../../processes/run-program.ts';
import { root } from '../../root.ts';
import { migrations, serviceNames } from '../../services.ts';
import { Refusal, during } from '../../terminal.ts';
import { makeReleaseFolder, type Places, type Release } from './releases.ts';

const MINUTE_MS = 60_000;
/** Settings files: for all services, for each service, and for each migration job. */
const SETTINGS_FILES = [
  '.env',
  ...[...serviceNames, ...migrations.map(({ job }) => job)].map((name) => `.env.${name}`),
];
/** Files that a release needs to run. */
const PARTS = [
  'ecosystem.config.js',
  'node_modules',
  ...migrations.map(({ service }) => `services/${service}/dist/migrate.js`),
  ...serviceNames.map((service) => `services/${service}/dist/main.js`),
];

/** A commit, or a folder that was built elsewhere. */
type Source = { ref: string } | { from: string };

/**
 * Makes a release from a commit or from a built folder.
 * @throws Refusal after it has removed the unfinished release
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
    // Settings belong to the server, so every release links to the same files. A file may be missing.
    for (const file of SETTINGS_FILES) {
      await rm(join(folder, file), { force: true });
      await symlink(`../../${file}`, join(folder, file));
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
    // An error with a code comes from the system, such as a full disk.
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
  // Development packages are removed before the trial. The trial fails if a service needs one of them.
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
