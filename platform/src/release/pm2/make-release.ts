import { cp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '../../processes/run-program.ts';
import { root } from '../../root.ts';
import { migrations, serviceNames } from '../../services.ts';
import { during } from '../../terminal.ts';
import { ABOUT, SERVED, type Places, type Release } from './releases.ts';

const BUILT_WITHIN_MS = 15 * 60_000;
const SETTINGS_FILES = [
  '.env',
  ...[...serviceNames, ...migrations.map(({ job }) => job)].map((name) => `.env.${name}`),
];

/** Makes a release of a commit, or of a folder that was built elsewhere. If a step fails, removes the release. */
export async function makeRelease(
  { releases }: Places,
  { ref = 'HEAD', from }: { ref?: string | undefined; from?: string | undefined },
  signal: AbortSignal,
): Promise<Release> {
  const commit = from ? 'built' : await commitOf(ref, signal);
  const time = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  const id = `${time}-${commit}`;
  const folder = join(releases, id);
  const release = { id, folder, source: from ?? ref };
  await mkdir(folder);
  try {
    // Write this file first, so that pruneReleases can remove an unfinished release.
    await writeFile(join(folder, ABOUT), `${JSON.stringify({ id, source: release.source })}\n`);
    if (from) await copyBuilt(from, folder);
    else await buildCommit(folder, commit, signal);
    signal.throwIfAborted();
    // Settings belong to the server, so every release links to the same files. A linked file can be missing.
    for (const file of SETTINGS_FILES) {
      await rm(join(folder, file), { force: true });
      await symlink(`../../${file}`, join(folder, file));
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
    throw error;
  }
  return release;
}

async function buildCommit(folder: string, commit: string, signal: AbortSignal): Promise<void> {
  const step = { signal, cwd: folder, timeoutMs: BUILT_WITHIN_MS };
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
  // Remove the development packages before the trial, so that the trial fails if a service needs one of them.
  await npm('Removing development packages', 'prune', '--omit=dev', ...quiet);
}

async function copyBuilt(from: string, to: string): Promise<void> {
  const leftOut = ['.git', '.data', ABOUT, SERVED, ...SETTINGS_FILES].map((name) => join(from, name));
  const filter = (path: string) => !leftOut.includes(path);
  await during(`Copying ${from}`, () => cp(from, to, { recursive: true, verbatimSymlinks: true, filter }));
}

async function commitOf(ref: string, signal: AbortSignal): Promise<string> {
  const args = ['-C', root, 'rev-parse', '--verify', '--quiet', '--short=10', `${ref}^{commit}`];
  return (await runProgram('git', args, { signal, failure: `${root} has no commit ${ref}` })).trim();
}
