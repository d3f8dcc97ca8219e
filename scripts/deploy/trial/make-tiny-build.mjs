// @ts-check
import { copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../../platform/src/root.ts';

const ENTRY = 'scripts/pm2/start-service.mjs';

/**
 * Makes a build of three tiny services in a new folder. breakBuild breaks it as it breaks a real one.
 * @param {string} folder
 * @param {{ listenTimeoutMs?: number }} [options] how long PM2 waits for a worker
 */
export async function makeTinyBuild(folder, { listenTimeoutMs = 20_000 } = {}) {
  for (const name of ['gateway', 'accounts', 'activity']) {
    const dist = join(folder, 'services', name, 'dist');
    await mkdir(dist, { recursive: true });
    await copyFile(join(import.meta.dirname, 'tiny-service.mjs'), join(dist, 'main.js'));
    await writeFile(join(dist, 'package.json'), '{ "type": "module" }\n');
  }
  await writeFile(
    join(folder, 'services/accounts/dist/migrate.js'),
    `process.exit(Number(process.env.TINY_MIGRATION_CODE ?? 0));\n`,
  );
  await mkdir(join(folder, 'scripts/pm2'), { recursive: true });
  await copyFile(join(root, ENTRY), join(folder, ENTRY));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'ecosystem.config.js'), ecosystem(listenTimeoutMs));
}

/** @param {number} listenTimeoutMs */
function ecosystem(listenTimeoutMs) {
  return `const { join } = require('node:path');
module.exports = {
  apps: ['gateway', 'accounts', 'activity'].map((name) => ({
    name,
    script: 'scripts/pm2/start-service.mjs',
    args: [name],
    exec_mode: 'cluster',
    instances: name === 'gateway' ? 2 : 1,
    wait_ready: true,
    listen_timeout: ${listenTimeoutMs},
    kill_timeout: 10_000,
    exp_backoff_restart_delay: 200,
    merge_logs: true,
    out_file: join(process.env.PM2_HOME, name + '.log'),
    error_file: join(process.env.PM2_HOME, name + '.log'),
    pmx: false,
    vizion: false,
  })),
};
`;
}
