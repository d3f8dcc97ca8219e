/** House rules that no linter has. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findServiceNames } from './service-names.ts';

const run = promisify(execFile);
const BANNED_NAMES = /^(utils?|helpers?|common|misc|shared)(\.|$)/;
const ENVIRONMENT = /\bprocess\.env\b/;
/** May read the environment: the package of the settings, one file of each service, and what runs the platform. */
const ENVIRONMENT_READERS = [
  /^packages\/config\//,
  /^services\/[^/]+\/src\/config\.ts$/,
  /^(platform|proofs|e2e)\//,
  /^(ecosystem\.config\.js|bootstrap\.mjs)$/,
  /\/test\//,
  /\.test\.ts$/,
];
const HOME_PATH = /(^|[\s"'`(=])\/(root|work|home\/\w+)\//;
const SOURCE = /\.(ts|tsx|mjs|cjs|js)$/;

/** All breaches of the house rules, one sentence each. */
export async function findBreaches(root: string): Promise<string[]> {
  const texts = await trackedTexts(root);
  const files = texts.map(({ file }) => file);
  return [
    ...unverifiable(await readFile(join(root, 'package-lock.json'), 'utf8')),
    ...workspaces(files)
      .filter((place) => !existsSync(join(root, place, 'README.md')))
      .map((place) => `${place}: has no README.md`),
    ...(await nodeVersions(root)),
    ...texts.flatMap(({ file, text }) => breachesOf(file, text)),
    ...findServiceNames(
      root,
      files,
      texts.map(({ text }) => text),
    ),
  ];
}

/** Every file of the repository that is not ignored, with its text. */
export async function trackedTexts(root: string): Promise<{ file: string; text: string }[]> {
  const files = await trackedFiles(root);
  return Promise.all(
    files.map(async (file) => ({ file, text: await readFile(join(root, file), 'utf8').catch(() => '') })),
  );
}

/** The breaches of one file. */
export function breachesOf(file: string, text: string): string[] {
  const breaches: string[] = [];
  if (file.split('/').some((part) => BANNED_NAMES.test(part))) breaches.push(`${file}: a name that says nothing`);
  if (SOURCE.test(file) && basename(file) !== basename(file).toLowerCase())
    breaches.push(`${file}: file names are kebab-case`);
  text.split('\n').forEach((line, index) => {
    const place = `${file}:${index + 1}`;
    const code = SOURCE.test(file) && !/^\s*(\/\/|\*|\/\*)/.test(line);
    if (code && ENVIRONMENT.test(line) && !ENVIRONMENT_READERS.some((reader) => reader.test(file))) {
      breaches.push(`${place}: process.env is read in config.ts alone`);
    }
    if (file !== 'package-lock.json' && HOME_PATH.test(line))
      breaches.push(`${place}: a path of a developer's machine`);
  });
  return breaches;
}

/** Services refuse an unsupported Node.js without reading package.json, which a container does not have. */
async function nodeVersions(root: string): Promise<string[]> {
  const manifest = await readFile(join(root, 'package.json'), 'utf8');
  const service = await readFile(join(root, 'packages/service/src/supported-node.ts'), 'utf8');
  const { node } = (JSON.parse(manifest) as { engines: { node: string } }).engines;
  return service.includes(`'${node}'`) ? [] : [`packages/service/src/supported-node.ts: engines says ${node}`];
}

/**
 * Packages of a lock file that `npm ci` could not verify. npm leaves the hash out for optional packages of other systems when it installs
 * from what is in node_modules: delete their entries and run `npm install --package-lock-only`.
 */
export function unverifiable(lockFile: string): string[] {
  const { packages } = JSON.parse(lockFile) as { packages: Record<string, { link?: boolean; integrity?: string }> };
  return Object.entries(packages)
    .filter(([place, { link, integrity }]) => place.includes('node_modules/') && !link && !integrity)
    .map(([place]) => `package-lock.json: ${place} has no integrity`);
}

async function trackedFiles(root: string): Promise<string[]> {
  const { stdout } = await run('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    maxBuffer: 16 * 1024 * 1024,
  });
  return stdout.split('\n').filter((file) => file !== '' && existsSync(join(root, file)));
}

function workspaces(files: string[]): string[] {
  return files
    .filter((file) => /^(packages\/[^/]+|services\/[^/]+|platform|proofs|e2e)\/package\.json$/.test(file))
    .map((file) => dirname(file));
}
