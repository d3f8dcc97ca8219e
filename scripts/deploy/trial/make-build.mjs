// @ts-check
/** Builds to try a deploy with: this checkout's own, as it is or broken. For tests and campaigns; a deploy takes them by `--from`. */
import { cp, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { root } from '../../../platform/src/root.ts';

/**
 * What is wrong with a build:
 *
 * - throws: its gateway throws when it is imported
 * - never-ready: its gateway waits for a Redis that is not there
 * - throws-in-worker, never-ready-in-worker: the same, but only under PM2, so that the smoke test passes
 * - dies-in-worker: under PM2 its gateway ends a while after it was ready
 *
 * @typedef {'throws' | 'never-ready' | 'throws-in-worker' | 'never-ready-in-worker' | 'dies-in-worker'} Fault
 */

const SERVICES = ['gateway', 'accounts', 'activity'];
const LEFT_OUT = new Set(['src', 'test', 'node_modules', 'tsconfig.tsbuildinfo']);

/**
 * Copies the build of this checkout (npm run build) to a new folder. Packages are shared with the checkout by a link, so it takes little time and room.
 * @param {string} folder
 */
export async function copyBuild(folder) {
  await mkdir(folder, { recursive: true });
  const filter = (/** @type {string} */ path) => !LEFT_OUT.has(basename(path));
  for (const part of [
    'package.json',
    'ecosystem.config.js',
    'node-version.cjs',
    'platform/src/services.ts',
    'scripts/pm2',
    ...SERVICES.map((name) => `services/${name}`),
  ]) {
    await cp(join(root, part), join(folder, part), { recursive: true, filter });
  }
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
}

/**
 * Breaks the gateway of a build that copyBuild made.
 * @param {string} folder
 * @param {Fault} fault
 */
export async function breakBuild(folder, fault) {
  const dist = join(folder, 'services/gateway/dist');
  await rename(join(dist, 'main.js'), join(dist, 'sound-main.js'));
  const [kind = ''] = fault.split('-in-worker');
  const isHere = fault.endsWith('-in-worker') ? 'process.env.pm_id !== undefined' : 'true';
  const harm = {
    throws: `throw new Error('this build is broken on purpose');`,
    'never-ready': `process.env.GATEWAY_REDIS_URL = 'redis://127.0.0.1:1';`,
    dies: `setTimeout(() => process.exit(1), 2_500);`,
  }[kind];
  await writeFile(join(dist, 'main.js'), `if (${isHere}) { ${harm} }\nawait import('./sound-main.js');\n`);
}
