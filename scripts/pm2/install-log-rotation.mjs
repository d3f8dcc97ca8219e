// @ts-check
/**
 * npm run log-rotation: sets up pm2-logrotate in the PM2 of this user, for those who cannot use the system's logrotate (scripts/pm2/logrotate.conf),
 * which loses no line. This one copies a log and empties it: lines written in between are lost (docs/bare-metal.md says how many).
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const version = '3.0.0';
const options = {
  max_size: '200M',
  retain: '14',
  compress: 'true',
  rotateInterval: '0 0 * * *', // and daily, whatever their size
  workerInterval: '30', // seconds
};

const pm2 = join(dirname(createRequire(import.meta.url).resolve('pm2/package.json')), 'bin/pm2');

run('install', `pm2-logrotate@${version}`);
for (const [name, value] of Object.entries(options)) run('set', `pm2-logrotate:${name}`, value);
console.log(`pm2-logrotate ${version} rotates the logs of this PM2. To take it away: npx pm2 uninstall pm2-logrotate`);

/** @param {string[]} args */
function run(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [pm2, ...args], {
    encoding: 'utf8',
    timeout: 300_000,
  });
  if (status === 0) return;
  process.stderr.write(`${stdout}${stderr}\npm2 ${args.join(' ')} failed. Installing needs a package registry.\n`);
  process.exit(1);
}
