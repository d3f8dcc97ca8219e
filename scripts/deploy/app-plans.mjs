// @ts-check
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Refusal } from '../../platform/src/terminal.ts';
import { services } from './service-addresses.mjs';

const run = promisify(execFile);
const print = 'process.stdout.write(JSON.stringify(require(process.argv[1]).apps))';

const REMOVAL_MS = 30_000;

/** @typedef {import('./pm2-daemon.mjs').AppPlan} AppPlan */
/** @typedef {{ app: AppPlan, count: number }} Crew an app and how many workers it is to have */

/**
 * Reads ecosystem.config.js of a release in a process of its own: it is part of a build that nobody has tried yet.
 * @param {{ id: string, folder: string }} release
 * @returns {Promise<Record<import('./service-addresses.mjs').Service, Crew>>}
 * @throws Refusal when it cannot be read, or lacks an app
 */
export async function readCrews({ id, folder }) {
  const file = join(folder, 'ecosystem.config.js');
  // PM2 keeps the folder's name, and a worker that starts again starts from there: the release's own, not that of a link which moves.
  const env = { ...process.env, MAINSTAY_DIRECTORY: folder };
  const { stdout } = await run(process.execPath, ['-e', print, file], { cwd: folder, env, timeout: 20_000 }).catch(
    (error) => {
      throw new Refusal(`${String(error.stderr || error.message).trim()}\n\n${file} could not be read.`);
    },
  );
  /** @type {AppPlan[]} */
  const apps = JSON.parse(stdout);
  const crews = services.map((service) => {
    const app = apps.find(({ name }) => name === service);
    if (!app) throw new Refusal(`${file} has no app ${service}.`);
    const env = {
      .../** @type {object} */ (app.env),
      VERSION: id,
      MAINSTAY_DIRECTORY: folder,
      // One that never becomes ready is removed before it would answer in the others' place.
      READY_PATIENCE_MS: String(Number(app.listen_timeout ?? 0) + REMOVAL_MS),
    };
    return [service, { app: { ...app, cwd: folder, env }, count: Math.max(1, Number(app.instances) || 1) }];
  });
  return Object.fromEntries(crews);
}
