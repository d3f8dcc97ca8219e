import { copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../../root.ts';
import { migrations, serviceNames } from '../../../services.ts';

const ENTRY = 'platform/src/release/pm2/start-service.mjs';

/**
 * Makes a build of tiny services in a new folder.
 * @param options listenTimeoutMs: time that PM2 waits for a worker
 */
export async function makeTinyBuild(folder: string, { listenTimeoutMs = 20_000 } = {}): Promise<void> {
  for (const name of serviceNames) {
    const dist = join(folder, 'services', name, 'dist');
    await mkdir(dist, { recursive: true });
    await copyFile(join(import.meta.dirname, 'tiny-service.mjs'), join(dist, 'main.js'));
    await writeFile(join(dist, 'package.json'), '{ "type": "module" }\n');
  }
  const migrate = `process.exit(Number(process.env.TINY_MIGRATION_CODE ?? 0));\n`;
  for (const { service } of migrations) await writeFile(join(folder, 'services', service, 'dist/migrate.js'), migrate);
  await mkdir(join(folder, ENTRY, '..'), { recursive: true });
  await copyFile(join(root, ENTRY), join(folder, ENTRY));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'ecosystem.config.js'), ecosystem(listenTimeoutMs));
}

function ecosystem(listenTimeoutMs: number): string {
  return `const { join } = require('node:path');
const workersOf = (name) => process.env[name.toUpperCase() + '_INSTANCES'] ?? (name === 'gateway' ? '2' : '1');
module.exports = {
  apps: ${JSON.stringify(serviceNames)}.map((name) => ({
    name,
    script: '${ENTRY}',
    args: [name],
    cwd: process.env.MAINSTAY_DIRECTORY,
    env: { NODE_ENV: 'production', VERSION: require('./release.json').id, WORKERS: workersOf(name) },
    exec_mode: 'cluster',
    instances: Number(workersOf(name)),
    wait_ready: true,
    listen_timeout: Number(process.env.LISTEN_TIMEOUT_MS ?? ${listenTimeoutMs}),
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
