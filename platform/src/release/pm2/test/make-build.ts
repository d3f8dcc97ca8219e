/**
 * Copies the build of this checkout, and breaks a build on purpose. Tests and the zero-loss campaign in proofs/ release
 * such builds with `--from`.
 */
import { existsSync } from 'node:fs';
import { cp, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { root } from '../../../root.ts';
import { serviceNames } from '../../../services.ts';

/**
 * The way in which breakBuild breaks the gateway of a build:
 *
 * - throws: the gateway throws when it is imported
 * - never-ready: the gateway waits for a Redis that does not exist
 * - never-ready-in-worker: under PM2, the gateway waits for a Redis that does not exist
 * - dies-in-worker: under PM2, the gateway ends 2.5 s after its start
 * - throws-in-service: under the PM2 that runs the platform, the gateway throws when it is imported. Under the separate
 *   PM2 in which a release is tried first, the gateway works.
 */
export type Fault = 'throws' | 'never-ready' | 'never-ready-in-worker' | 'dies-in-worker' | 'throws-in-service';

const PARTS = [
  'package.json',
  'ecosystem.config.js',
  'node-version.cjs',
  'platform/src/release/pm2',
  'platform/src/services.ts',
];
const LEFT_OUT = new Set(['src', 'test', 'node_modules', 'tsconfig.tsbuildinfo']);

/**
 * Copies the build of this checkout to a new folder. Run `npm run build` first. The copy contains links to
 * node_modules, which save time and disk space.
 */
export async function copyBuild(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const filter = (path: string) => !LEFT_OUT.has(basename(path));
  for (const part of [...PARTS, ...serviceNames.map((name) => `services/${name}`)])
    await cp(join(root, part), join(folder, part), { recursive: true, filter });
  // npm installs a package in the folder of a service if the root has a different version of the package. So link the
  // node_modules of the services too.
  for (const place of ['node_modules', ...serviceNames.map((name) => `services/${name}/node_modules`)])
    if (existsSync(join(root, place))) await symlink(join(root, place), join(folder, place));
}

/** Breaks the gateway of a build. */
export async function breakBuild(folder: string, fault: Fault): Promise<void> {
  const dist = join(folder, 'services/gateway/dist');
  await rename(join(dist, 'main.js'), join(dist, 'sound-main.js'));
  const [kind = '', place = ''] = fault.split('-in-');
  const isHere =
    { worker: 'process.env.pm_id !== undefined', service: `!process.env.PM2_HOME.endsWith('/trial')` }[place] ?? 'true';
  const harm = {
    throws: `throw new Error('this build is broken on purpose');`,
    'never-ready': `process.env.GATEWAY_REDIS_URL = 'redis://127.0.0.1:1';`,
    dies: `setTimeout(() => process.exit(1), 2_500);`,
  }[kind];
  await writeFile(join(dist, 'main.js'), `if (${isHere}) { ${harm} }\nawait import('./sound-main.js');\n`);
}
