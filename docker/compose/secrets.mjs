// @ts-check
/**
 * Makes the platform's secrets at its first start, and gives each service its own: secrets.mjs [--rotate add|use|drop
 * [--now]] [VAULT [SECRETS]]. The vault (/vault) keeps the made secrets, completely or not at all; every file below
 * /secrets is derived from it. So this program may be stopped or killed at any point and run again, any number
 * of times: only a step of a rotation changes anything (docs/secrets.md).
 */
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { generateIdentityKeys } from '../../packages/identity/dist/identity-keys.js';
import { rotateLists } from './rotate-lists.mjs';
import { holdersOf, mongoPasswordOf, ownerPasswordOf, secretFiles, usersOf } from './secret-files.mjs';

/** @typedef {import('./secret-files.mjs').Values} Values */

const { positionals, values: options } = parseArgs({
  allowPositionals: true,
  options: { rotate: { type: 'string' }, now: { type: 'boolean' } },
});
const [vault = '/vault', secrets = '/secrets'] = positionals;

const values = await keptValues(join(vault, 'secrets.json'));
for (const [reader, { userId, files }] of Object.entries(secretFiles(values))) {
  const folder = join(secrets, reader);
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) await handOut(join(folder, name), `${text}\n`, userId);
  await giveTo(folder, userId, 0o500);
}
console.log('the secrets are in place');

/**
 * The content of the vault. Missing values are made: all at the first start, and later those of a new release.
 * @param {string} file
 * @returns {Promise<Values>}
 */
async function keptValues(file) {
  const kept = await readFile(file, 'utf8').then(JSON.parse, (error) => {
    if (error.code === 'ENOENT') return {};
    throw error;
  });
  const all = { ...newValues(), ...kept };
  const made = Object.keys(all).length - Object.keys(kept).length;
  const rotated = options.rotate === undefined ? all : rotate(all, options.rotate);
  if (made > 0 || rotated !== all) {
    await writeWhole(file, `${JSON.stringify(rotated, null, 2)}\n`, { userId: ownUserId(), mode: 0o600 });
    console.log(rotated === all ? `made ${made} secrets` : `the secrets are rotated: ${options.rotate} is done`);
  }
  return rotated;
}

/**
 * @param {Values} all
 * @param {string} step
 * @returns {Values}
 */
function rotate(all, step) {
  const names = {
    secrets: ['sessionSecret', ...holdersOf('cursor-secrets').map((service) => `${service}CursorSecret`)],
    privateKeys: 'identityPrivateKey',
    publicKeys: 'identityPublicKey',
    state: 'rotation',
  };
  try {
    return rotateLists(all, names, step, { early: options.now ?? false });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}

/** @returns {Values} */
function newValues() {
  const random = () => randomBytes(32).toString('hex'); // used in URLs and configuration files without quoting
  const { privateKey, publicKey } = generateIdentityKeys();
  const names = [
    ...['sessionSecret', 'postgresPassword', 'redisPassword', 'mongoRootPassword'],
    ...holdersOf('cursor-secrets').map((service) => `${service}CursorSecret`),
    ...usersOf('postgres').flatMap((service) => [`${service}Password`, ownerPasswordOf(service)]),
    ...usersOf('mongo').map(mongoPasswordOf),
  ];
  const made = Object.fromEntries(names.map((name) => [name, random()]));
  return { ...made, identityPrivateKey: privateKey, identityPublicKey: publicKey };
}

/**
 * Does not touch a correct file, because a running service may be reading it.
 * @param {string} file
 * @param {string} text
 * @param {number} userId
 */
async function handOut(file, text, userId) {
  const present = await readFile(file, 'utf8').catch(() => undefined);
  if (present === text) return giveTo(file, userId, 0o400);
  await writeWhole(file, text, { userId, mode: 0o400 });
}

/**
 * The file has its text, mode and owner before it has its name, and is on the disk before the function returns.
 * @param {string} file
 * @param {string} text
 * @param {{ userId: number, mode: number }} reader
 */
async function writeWhole(file, text, { userId, mode }) {
  const handle = await open(`${file}.new`, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await giveTo(`${file}.new`, userId, mode);
  await rename(`${file}.new`, file);
  const folder = await open(dirname(file));
  await folder.sync().finally(() => folder.close());
}

/**
 * @param {string} path
 * @param {number} userId
 * @param {number} mode
 */
async function giveTo(path, userId, mode) {
  // Without root, files can only belong to this user: enough for a trial.
  if (ownUserId() === 0) await chown(path, userId, userId);
  if (((await stat(path)).mode & 0o7777) !== mode) await chmod(path, mode);
}

function ownUserId() {
  return process.getuid?.() ?? 0;
}
