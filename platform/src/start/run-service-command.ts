import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../root.ts';
import type { ServiceName } from '../services.ts';
import { readDotenv, readSettings } from '../settings.ts';
import { runCommand } from '../terminal.ts';
import { ensureBuilt } from './install.ts';

/**
 * Runs a program of a service, such as `reconcile` of accounts, and exits with its exit code. The
 * settings come from the environment, `.env` and the service's file. If they name no store, the program uses the store of
 * the current or last `npm start`.
 */
export function runServiceCommand(service: ServiceName, program: string): Promise<void> {
  return runCommand(async () => {
    const file = `services/${service}/dist/${program}.js`;
    await ensureBuilt(file, `services/${service}`);
    const [shared, own] = ['.env', `.env.${service}`].map((file) => readDotenv(join(root, file)));
    const given: NodeJS.Dict<string> = { ...shared, ...own, ...process.env };
    const embedded = Object.entries(readDotenv(join(readSettings().dataDirectory, 'stores.env')));
    const child = spawn(process.execPath, ['--enable-source-maps', join(root, file), ...process.argv.slice(2)], {
      cwd: root, // the program reads .env and the service's file in this folder
      stdio: 'inherit',
      env: { ...process.env, ...Object.fromEntries(embedded.filter(([name]) => !isGiven(service, name, given))) },
    });
    return new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => resolve(code ?? 1));
    });
  });
}

/** Whether a setting has a value under any name that the service reads. */
function isGiven(service: ServiceName, name: string, given: NodeJS.Dict<string>): boolean {
  const prefix = `${service.toUpperCase()}_`;
  const shared = name.startsWith(prefix) ? name.slice(prefix.length) : name;
  return [`${prefix}${shared}`, shared].some((form) => given[form] ?? given[`${form}_FILE`]);
}
