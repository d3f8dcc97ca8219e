// @ts-check
/**
 * Runs a command of a service against the platform at hand:
 *
 *   node scripts/command.mjs accounts/reconcile
 *
 * Settings come from the environment and `.env`; a store that neither names is the one of the platform that `npm start` runs or ran last.
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
const given = { ...read(join(root, '.env')), ...process.env };
const embedded = Object.entries(read(join(readSettings().dataDirectory, 'stores.env')));
const missing = embedded.filter(([name]) => !isGiven(name));
const child = spawn(process.execPath, ['--enable-source-maps', file, ...args], {
  stdio: 'inherit',
  env: { ...given, ...Object.fromEntries(missing) },
});
child.on('exit', (code) => (process.exitCode = code ?? 1));

/**
 * In any of the forms in which a service reads a setting.
 * @param {string} name
 */
function isGiven(name) {
  const own = `${service?.toUpperCase()}_${name}`;
  return [own, `${own}_FILE`, name, `${name}_FILE`].some((form) => given[form]);
}
