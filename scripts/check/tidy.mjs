// @ts-check
/** House rules that no linter knows. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const BANNED_NAMES = /^(utils?|helpers?|common|misc|shared)(\.|$)/;
const ENVIRONMENT = /\bprocess\.env\b/;
/** Who may read the environment: the settings' own package, one file a service, and what runs around the platform rather than in it. */
const ENVIRONMENT_READERS = [
  /^packages\/(config|embedded)\//,
  /^services\/[^/]+\/src\/config\.ts$/,
  /^(platform|proofs|scripts|bench|e2e)\//,
  /^(ecosystem\.config\.js|bootstrap\.mjs)$/,
  /\/test\//,
  /\.test\.ts$/,
];
const HOME_PATH = /(^|[\s"'`(=])\/(root|work|home\/\w+)\//;
const SOURCE = /\.(ts|tsx|mjs|cjs|js)$/;

/**
 * @param {string} root
 * @returns {Promise<string[]>} one sentence a breach
 */
export async function findBreaches(root) {
  const files = await trackedFiles(root);
  const texts = await Promise.all(files.map((file) => readFile(join(root, file), 'utf8').catch(() => '')));
  return [
    ...unverifiable(await readFile(join(root, 'package-lock.json'), 'utf8')),
    ...workspaces(files)
      .filter((place) => !existsSync(join(root, place, 'README.md')))
      .map((place) => `${place}: has no README.md`),
    ...(await nodeVersions(root)),
    ...files.flatMap((file, index) => breachesOf(file, texts[index] ?? '')),
  ];
}

/**
 * @param {string} file
 * @param {string} text
 * @returns {string[]}
 */
export function breachesOf(file, text) {
  const breaches = [];
  if (file.split('/').some((part) => BANNED_NAMES.test(part))) breaches.push(`${file}: a name that says nothing`);
  if (SOURCE.test(file) && basename(file) !== basename(file).toLowerCase())
    breaches.push(`${file}: file names are kebab-case`);
  text.split('\n').forEach((line, index) => {
    const place = `${file}:${index + 1}`;
    const code = SOURCE.test(file) && !/^\s*(\/\/|\*|\/\*)/.test(line);
    if (code && ENVIRONMENT.test(line) && !ENVIRONMENT_READERS.some((reader) => reader.test(file))) {
      breaches.push(`${place}: process.env is read in config.ts alone`);
    }
    if (file !== 'package-lock.json' && HOME_PATH.test(line)) breaches.push(`${place}: a path of somebody's machine`);
  });
  return breaches;
}

/**
 * Services refuse an unsupported Node.js without reading package.json, which a container does not have.
 * @param {string} root
 */
async function nodeVersions(root) {
  const [manifest, service] = await Promise.all(
    ['package.json', 'packages/service/src/supported-node.ts'].map((file) => readFile(join(root, file), 'utf8')),
  );
  const { node } = JSON.parse(manifest ?? '{}').engines;
  return service?.includes(`'${node}'`) ? [] : [`packages/service/src/supported-node.ts: engines says ${node}`];
}

/**
 * Packages of a lock file that `npm ci` could not verify. npm leaves the hash out for optional packages of other systems when it installs
 * from what is there: delete their entries and run `npm install --package-lock-only`.
 * @param {string} lockFile
 * @returns {string[]}
 */
export function unverifiable(lockFile) {
  /** @type {{ packages: Record<string, { link?: boolean, integrity?: string }> }} */
  const { packages } = JSON.parse(lockFile);
  return Object.entries(packages)
    .filter(([place, { link, integrity }]) => place.includes('node_modules/') && !link && !integrity)
    .map(([place]) => `package-lock.json: ${place} has no integrity`);
}

/** @param {string} root */
async function trackedFiles(root) {
  const { stdout } = await run('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    maxBuffer: 16 * 1024 * 1024,
  });
  return stdout.split('\n').filter((file) => file !== '' && existsSync(join(root, file)));
}

/** @param {string[]} files */
function workspaces(files) {
  return files
    .filter((file) => /^(packages\/[^/]+|services\/[^/]+|platform|proofs|e2e)\/package\.json$/.test(file))
    .map((file) => dirname(file));
}
