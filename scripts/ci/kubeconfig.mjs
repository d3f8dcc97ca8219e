// @ts-check
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { Refusal } from '../../platform/src/terminal.ts';
import { readArguments } from './tool.mjs';

const exec = {
  apiVersion: 'client.authentication.k8s.io/v1',
  command: process.execPath,
  args: [fileURLToPath(new URL('cluster-token.mjs', import.meta.url)), 'mainstay'],
  interactiveMode: 'Never',
};

/**
 * Writes what kubectl needs to reach a cluster, from an environment's variable, readable by nobody else. The variable names the server, its
 * authority and a context, and holds no credential: kubectl gets GitHub's token of the job when it needs one (cluster-token.mjs).
 * @param {string[]} args none
 */
export async function kubeconfig(args) {
  readArguments(args, []);
  const { KUBECONFIG: file = '', KUBECONFIG_CONTENT: text = '' } = process.env;
  if (!isAbsolute(file)) throw new Refusal('KUBECONFIG must name the file that is to be written, by its whole path.');
  if (!/^kind: *Config\b/m.test(text)) {
    throw new Refusal(
      'KUBECONFIG_CONTENT must be the text of a kubeconfig: is the variable CLUSTER of the environment set?',
    );
  }
  const config = parse(text);
  if (JSON.stringify(config.users ?? []).match(/token|password|client-key|exec/)) {
    throw new Refusal('KUBECONFIG_CONTENT holds a credential. It must not: the job gets its own (docs/pipeline.md).');
  }
  const names = (config.contexts ?? []).map((/** @type {{ context: { user: string } }} */ { context }) => context.user);
  config.users = [...new Set(names)].map((name) => ({ name, user: { exec } }));
  await mkdir(dirname(file), { recursive: true });
  // `wx`: never over a person's own.
  await writeFile(file, stringify(config), { mode: 0o600, flag: 'wx' }).catch((error) => {
    throw new Refusal(error.code === 'EEXIST' ? `${file} is there already.` : `${file}: ${error.message}.`);
  });
}
