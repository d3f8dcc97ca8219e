/** Checks the house rules that no linter supports. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { runProgram } from '../processes/run-program.ts';
import { serviceNames } from '../services.ts';
import { RECORD, unlistedNames, type Text } from './service-names.ts';

const BANNED_NAMES = /^(utils?|helpers?|common|misc|shared)(\.|$)/;
const HOME_PATH = /(^|[\s"'`(=])\/(root|work|home\/\w+)\//;
const SOURCE = /\.(ts|tsx|mjs|cjs|js)$/;
const WORKSPACE = /^(packages\/[^/]+|services\/[^/]+|platform|proofs|e2e)\/package\.json$/;

export async function findBreaches(root: string): Promise<string[]> {
  const texts = await trackedTexts(root);
  return [
    ...unverifiable(await readFile(join(root, 'package-lock.json'), 'utf8')),
    ...texts
      .filter(({ file }) => WORKSPACE.test(file) && !existsSync(join(root, dirname(file), 'README.md')))
      .map(({ file }) => `${dirname(file)}: has no README.md`),
    ...texts.flatMap(({ file, text }) => breachesOf(file, text)),
    ...unlistedNames(root, texts, serviceNames).map(
      ({ file, line }) => `${file}: names a service ("${line}"), and ${RECORD} does not list the file`,
    ),
  ];
}

/** Returns every file of the repository that Git does not ignore, with its text. */
export async function trackedTexts(root: string): Promise<Text[]> {
  const listed = await git(root, 'ls-files', '-z', '--cached', '--others', '--exclude-standard');
  const files = listed.filter((file) => existsSync(join(root, file)));
  return Promise.all(
    files.map(async (file) => ({ file, text: await readFile(join(root, file), 'utf8').catch(() => '') })),
  );
}

/** Runs git, and returns the listed paths. `args` must contain `-z`. @throws Refusal with the error message of git */
export async function git(cwd: string, ...args: string[]): Promise<string[]> {
  const output = await runProgram('git', args, { cwd, failure: `git ${args[0]} failed` });
  return output.split('\0').filter(Boolean);
}

export function breachesOf(file: string, text: string): string[] {
  const breaches: string[] = [];
  if (file.split('/').some((part) => BANNED_NAMES.test(part)))
    breaches.push(`${file}: a meaningless name, such as utils`);
  if (SOURCE.test(file) && basename(file) !== basename(file).toLowerCase())
    breaches.push(`${file}: file names are kebab-case`);
  text.split('\n').forEach((line, index) => {
    if (file !== 'package-lock.json' && HOME_PATH.test(line))
      breaches.push(`${file}:${index + 1}: a path of a developer's machine`);
  });
  return breaches;
}

/**
 * Finds packages without a hash, which `npm ci` cannot verify. npm can omit the hash of an optional package for a different
 * system. To add the hash, delete the entry of the package, and run `npm install --package-lock-only`.
 */
export function unverifiable(lockFile: string): string[] {
  const { packages } = JSON.parse(lockFile) as { packages: Record<string, { link?: boolean; integrity?: string }> };
  return Object.entries(packages)
    .filter(([place, { link, integrity }]) => place.includes('node_modules/') && !link && !integrity)
    .map(
      ([place]) =>
        `package-lock.json: ${place} has no integrity; delete its entry, and run npm install --package-lock-only`,
    );
}
