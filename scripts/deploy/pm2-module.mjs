// @ts-check
import { readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join, resolve } from 'node:path';
import { root } from '../../platform/src/root.ts';
import { Refusal } from '../../platform/src/terminal.ts';

/**
 * @typedef {object} Pm2Module what is used of PM2; its own types lag behind
 * @property {string} version
 * @property {any} api
 * @property {any} common
 */

/**
 * PM2 as this server has it: the one on PATH, because it outlives releases and checkouts, else the checkout's own. The daemon forks workers with
 * files of the folder that it was started from, so that folder must stay.
 * @returns {Pm2Module}
 * @throws Refusal when there is none
 */
export function loadPm2() {
  const folder = installedFolder() ?? join(root, 'node_modules/pm2');
  const load = createRequire(join(folder, 'package.json'));
  try {
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return { version, api: load(folder), common: load(join(folder, 'lib/Common.js')) };
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new Refusal(`PM2 could not be loaded from ${folder}: ${reason}. Install it: npm install --global pm2@7.0.4`);
  }
}

/** npm puts the checkout's own programs in front of PATH: those are passed over here, and so are programs that only stand for PM2. */
function installedFolder() {
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    if (directory === '' || directory.endsWith('node_modules/.bin')) continue;
    try {
      const folder = resolve(dirname(realpathSync(join(directory, 'pm2'))), '..'); // <folder>/bin/pm2
      if (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).name === 'pm2') return folder;
    } catch {
      continue;
    }
  }
  return undefined;
}
