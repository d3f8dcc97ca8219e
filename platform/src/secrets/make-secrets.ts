/**
 * make-secrets.ts [--rotate add|use|drop [--now]] [VAULT [SECRETS]]: makes the platform's secrets once, in the folder VAULT
 * (default: /vault), and derives the files of each service below SECRETS (default: /secrets). The image `secrets` runs this
 * program. A killed run can be repeated. Only a step of a rotation changes a secret (docs/secrets.md).
 */
import { chmod, chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { generateIdentityKeys } from '@mainstay/identity';
import { databases, serviceNames, serviceOf, servicesWith } from '../services.ts';
import { newSecret, rotateLists, type Values } from './rotate-lists.ts';
import { mongoPasswordOf, ownerPasswordOf, secretFiles } from './secret-files.ts';
import { readIfPresent, writeWhole } from './write-whole.ts';

const { positionals, values: options } = parseArgs({
  allowPositionals: true,
  options: { rotate: { type: 'string' }, now: { type: 'boolean' } },
});
const [vault = '/vault', secrets = '/secrets'] = positionals;
const cursorSecrets = serviceNames
  .filter((name) => serviceOf(name).secrets.includes('CURSOR_SECRETS'))
  .map((name) => `${name}CursorSecret`);

try {
  const values = await keptValues(join(vault, 'secrets.json'));
  for (const [reader, { userId, files }] of Object.entries(secretFiles(values))) {
    const folder = join(secrets, reader);
    await mkdir(folder, { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeWhole(join(folder, name), `${text}\n`, 0o400, userId);
    if (process.getuid?.() === 0) await chown(folder, userId, userId);
    await chmod(folder, process.getuid?.() === 0 ? 0o500 : 0o700);
  }
  console.log('the secrets are in place');
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}

/** Reads the secrets of the vault, makes missing secrets, and performs the step that `--rotate` names. */
async function keptValues(file: string): Promise<Values> {
  const kept = JSON.parse((await readIfPresent(file)) ?? '{}') as Values;
  const all = { ...newValues(), ...kept };
  const made = Object.keys(all).length - Object.keys(kept).length;
  const names = {
    secrets: ['sessionSecret', ...cursorSecrets],
    privateKeys: 'identityPrivateKey',
    publicKeys: 'identityPublicKey',
    state: 'rotation',
  };
  const values = options.rotate === undefined ? all : rotateLists(all, names, options.rotate, { early: options.now });
  if (made > 0 || values !== all) await writeWhole(file, `${JSON.stringify(values, null, 2)}\n`, 0o600);
  if (values !== all) console.log(`the secrets are rotated: ${options.rotate} is done`);
  else if (made > 0) console.log(`made ${made} secrets`);
  return values;
}

function newValues(): Values {
  const { privateKey, publicKey } = generateIdentityKeys();
  const names = [
    ...['sessionSecret', 'postgresPassword', 'redisPassword', 'mongoRootPassword', ...cursorSecrets],
    ...servicesWith('postgres').map((name) => `${name}Password`),
    ...databases.map(ownerPasswordOf),
    ...servicesWith('mongo').map(mongoPasswordOf),
  ];
  const made = Object.fromEntries(names.map((name) => [name, newSecret()]));
  return { ...made, identityPrivateKey: privateKey, identityPublicKey: publicKey };
}
