// @ts-check
/**
 * Runs a command of a service against the platform at hand:
 *
 *   node scripts/command.mjs accounts/reconcile
 *
 * Settings come from the environment, `.env` and the file of the service; a store that none of them names is the one of the platform that `npm start` runs or ran last.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { root } from './platform/root.mjs';
import { readSettings } from './platform/settings.mjs';

const [command = '', ...args] = process.argv.slice(2);
const [service, program] = command.split('/');
const file = join(root, 'services', service ?? '', 'dist', `${program}.js`);
if (!existsSync(file)) {
  console.error(`There is no ${file}. Run npm run build first.`);
  process.exit(1);
}

/** @param {string} path */
const read = (path) => (existsSync(path) ? parseEnv(readFileSync(path, 'utf8')) : {});
const given = { ...read(join(root, '.env')), ...read(join(root, `.env.${service}`)), ...process.env };
const embedded = Object.entries(read(join(readSettings().dataDirectory, 'stores.env')));
const missing = embedded.filter(([name]) => !isGiven(name));
const child = spawn(process.execPath, ['--enable-source-maps', file, ...args], {
  cwd: root, // it reads .env and the file of its service there
  stdio: 'inherit',
  env: { ...process.env, ...Object.fromEntries(missing) },
});
child.on('exit', (code) => (process.exitCode = code ?? 1));

/**
 * In any of the forms in which a service reads a setting.
 * @param {string} name
 */
function isGiven(name) {
  const prefix = `${service?.toUpperCase()}_`;
  const shared = name.startsWith(prefix) ? name.slice(prefix.length) : name;
  const own = `${prefix}${shared}`;
  return [own, `${own}_FILE`, shared, `${shared}_FILE`].some((form) => given[form]);
}
