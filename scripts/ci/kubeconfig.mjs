// @ts-check
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute } from 'node:path';
import { Refusal } from '../../platform/src/terminal.ts';
import { readArguments } from './tool.mjs';

/**
 * Writes what kubectl needs to reach a cluster, from an environment's secret, readable by nobody else.
 * @param {string[]} args none
 */
export async function kubeconfig(args) {
  readArguments(args, []);
  const { KUBECONFIG: file = '', KUBECONFIG_CONTENT: text = '' } = process.env;
  if (!isAbsolute(file)) throw new Refusal('KUBECONFIG must name the file that is to be written, by its whole path.');
  if (!/^kind: *Config\b/m.test(text)) {
    throw new Refusal('KUBECONFIG_CONTENT must be the text of a kubeconfig: is the secret of the environment set?');
  }
  await mkdir(dirname(file), { recursive: true });
  // `wx`: never over a person's own.
  await writeFile(file, text, { mode: 0o600, flag: 'wx' }).catch((error) => {
    throw new Refusal(error.code === 'EEXIST' ? `${file} is there already.` : `${file}: ${error.message}.`);
  });
}
