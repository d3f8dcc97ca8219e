// @ts-check
/** npm run dev: the compiler watches the sources, and services whose code it wrote anew are started again. */
import { spawn } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { sendGroup } from '../../platform/src/processes/processes.ts';
import { migrate } from './open-platform-stores.mjs';
import { root } from './root.mjs';
import { services } from './settings.mjs';
import { progress } from './terminal.mjs';

/** @typedef {import('./settings.mjs').Service} Service */

/**
 * Starts the watching compiler. Its errors are shown; a clean build restarts the services that it concerns, accounts after its migrations.
 * @param {Record<Service, import('../../platform/src/processes/supervised-process.ts').SupervisedProcess>} running
 * @param {import('./open-platform-stores.mjs').Foundation} foundation
 * @returns {() => Promise<void>} ends it
 */
export function watch(running, { stores }) {
  const compiler = join(root, 'node_modules/@typescript/native/bin/tsc');
  const child = spawn(process.execPath, [compiler, '-b', '--watch', '--preserveWatchOutput', '--pretty', 'false'], {
    cwd: root,
    detached: true, // Ctrl-C reaches the supervisor alone
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let written = codeTimes();
  const restartChanged = async () => {
    const before = await written;
    written = codeTimes();
    for (const name of concerned(before, await written)) {
      if (name === 'accounts') await migrate(stores);
      progress(`${name}: starting the new build`);
      await running[name].restart();
    }
  };
  /** @type {Promise<void>} */
  let last = written.then(() => undefined);
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.includes('error TS')) progress(line);
    if (!/Found 0 errors/.test(line)) return;
    last = last.then(restartChanged).catch((error) => progress(error.message));
  });
  return async () => {
    if (child.pid !== undefined) sendGroup(child.pid, 'SIGTERM');
    await last;
  };
}

/**
 * @param {Map<string, number>} before
 * @param {Map<string, number>} after
 * @returns {Service[]}
 */
function concerned(before, after) {
  const changed = [...after].filter(([place, time]) => before.get(place) !== time).map(([place]) => place);
  // Each service is made of the packages.
  const everywhere = changed.some((place) => place.startsWith('packages/'));
  return services.filter((name) => everywhere || changed.includes(`services/${name}`));
}

/** When the compiler last wrote to each workspace. */
async function codeTimes() {
  /** @type {Map<string, number>} */
  const times = new Map();
  for (const group of ['packages', 'services']) {
    for (const name of await readdir(join(root, group)))
      times.set(`${group}/${name}`, await newest(join(root, group, name, 'dist')));
  }
  return times;
}

/** @param {string} directory */
async function newest(directory) {
  const names = await readdir(directory, { recursive: true }).catch(() => []);
  const code = names.filter((name) => /\.m?js$/.test(name));
  const files = await Promise.all(code.map((name) => stat(join(directory, name))));
  return Math.max(0, ...files.map((file) => file.mtimeMs));
}
