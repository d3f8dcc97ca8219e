// @ts-check
/**
 * Creates the Secrets of all pods. At the Kubernetes API, this program may create Secrets, but may not read or change
 * Secrets. So the program first stores all values in a Secret named `vault`, and then creates the other Secrets. If the
 * program crashes, the Job starts a new pod. The new pod mounts `vault`, and creates the missing Secrets with the same
 * values.
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
if (!isMade && !(await create('vault', vault)))
  throw new Error('another attempt has made the secrets; the next attempt will use them');
for (const reader of await readdir(secrets)) {
  const name = `${reader}-secrets`;
  console.log((await create(name, join(secrets, reader))) ? `created ${name}` : `${name} exists`);
}

/**
 * Creates a Secret with the files of a folder. Returns false if a Secret with this name exists.
 * @param {string} name
 * @param {string} folder
 */
async function create(name, folder) {
  /** @type {Record<string, string>} */
  const data = {};
  for (const file of await readdir(folder)) data[file] = await readFile(join(folder, file), 'base64');
  const labels = { 'app.kubernetes.io/part-of': 'mainstay' };
  const response = await fetch(`https://kubernetes.default.svc/api/v1/namespaces/${namespace}/secrets`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name, labels }, data }),
    signal: AbortSignal.timeout(requestTimeoutMs),
  }).catch((error) => {
    throw new Error(`creating ${name}: the API server does not answer`, { cause: error });
  });
  if (response.status === 409) return false;
  if (!response.ok) throw new Error(`creating ${name}: ${response.status} ${await response.text()}`);
  return true;
}
