// @ts-check
/**
 * Creates the Secrets of all pods. The program first stores all values in a Secret named `vault`, and then creates the
 * other Secrets. If the program crashes, the Job starts a new pod. The new pod mounts `vault`, and creates the missing
 * Secrets with the same values. A later run creates the Secrets of services that were added since. If no Secret is
 * missing, the program changes nothing.
 */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const account = '/var/run/secrets/kubernetes.io/serviceaccount';
const made = '/vault/secrets.json';
const vault = '/tmp/vault';
const secrets = '/tmp/secrets';
const requestTimeoutMs = 30_000;
/** The existing Secrets to which a new service adds passwords. At the Kubernetes API, the Job may change only these. */
const shared = ['vault', 'roles-secrets', 'redis-secrets', 'mongo-secrets'];

const namespace = await readFile(join(account, 'namespace'), 'utf8');
const token = await readFile(join(account, 'token'), 'utf8');

await mkdir(vault);
const isMade = await copyFile(made, join(vault, 'secrets.json')).then(
  () => true,
  (error) => {
    if (error.code === 'ENOENT') return false;
    throw error;
  },
);
await promisify(execFile)(process.execPath, ['platform/src/secrets/make-secrets.ts', vault, secrets], { cwd: '/app' });
const folders = (await readdir(secrets)).map(
  (reader) => /** @type {const} */ ([`${reader}-secrets`, join(secrets, reader)]),
);
const missing = [];
for (const [name, folder] of folders) if (await create(name, folder, '?dryRun=All')) missing.push(name);
if (!isMade && !(await create('vault', vault)))
  throw new Error('another attempt has made the secrets; the next attempt will use them');
// Change the shared Secrets first. After a crash, the next attempt still finds a missing Secret, and changes them again.
for (const [name, folder] of /** @type {const} */ ([['vault', vault], ...folders]))
  if (isMade && missing.length > 0 && shared.includes(name) && !missing.includes(name)) await update(name, folder);
for (const [name, folder] of folders)
  console.log(missing.includes(name) && (await create(name, folder)) ? `created ${name}` : `${name} exists`);

/**
 * Creates a Secret with the files of a folder. Returns false if a Secret with this name exists.
 * @param {string} name
 * @param {string} folder
 * @param {string} [query] with `?dryRun=All`, the API server creates nothing
 */
async function create(name, folder, query = '') {
  const metadata = { name, labels: { 'app.kubernetes.io/part-of': 'mainstay' } };
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata, data: await dataOf(folder) };
  return (await send('POST', query, 'application/json', secret)) !== 409;
}

/**
 * Puts the files of a folder into an existing Secret.
 * @param {string} name
 * @param {string} folder
 */
async function update(name, folder) {
  await send('PATCH', `/${name}`, 'application/merge-patch+json', { data: await dataOf(folder) });
  console.log(`updated ${name}`);
}

/** @param {string} folder */
async function dataOf(folder) {
  /** @type {Record<string, string>} */
  const data = {};
  for (const file of await readdir(folder)) data[file] = await readFile(join(folder, file), 'base64');
  return data;
}

/**
 * Returns the status: a success, or 409 if the Secret exists.
 * @param {'POST' | 'PATCH'} method
 * @param {string} path
 * @param {string} type
 * @param {object} body
 */
async function send(method, path, type, body) {
  const response = await fetch(`https://kubernetes.default.svc/api/v1/namespaces/${namespace}/secrets${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': type },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(requestTimeoutMs),
  }).catch((error) => {
    throw new Error('the API server does not answer', { cause: error });
  });
  if (!response.ok && response.status !== 409)
    throw new Error(`${method} secrets${path}: ${response.status} ${await response.text()}`);
  return response.status;
}
