/** The services of a release: how PM2 runs them, and where they listen. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { forEachService, migrations, serviceNames, serviceOf, type ServiceName } from '../../services.ts';
import { readDotenv } from '../../settings.ts';
import { Refusal } from '../../terminal.ts';

const run = promisify(execFile);
const PRINT = 'process.stdout.write(JSON.stringify(require(process.argv[1]).apps))';
const REMOVAL_MS = 30_000;

/** The files that a release reads settings from: for all services, for each service, and for the migrations. */
const readers = [...serviceNames, ...migrations.map(({ job }) => job)];
export const settingsFiles = ['.env', ...readers.map((name) => `.env.${name}`)];

/** An app of ecosystem.config.js. */
export interface AppPlan {
  name: string;
  script: string;
  args: string[];
  cwd: string;
  env: Record<string, string>;
  listen_timeout: number;
  kill_timeout: number;
  out_file?: string;
  error_file?: string;
}

/** An app, and how many workers it gets. */
export interface Crew {
  app: AppPlan;
  count: number;
}

/** Where something listens. */
export interface Address {
  host: string;
  port: number;
}

/** The two addresses of a service. */
export interface Addresses {
  open: Address;
  management: Address;
}

/**
 * Reads ecosystem.config.js of a release in a separate process, because that file is untested.
 * @throws Refusal when it cannot be read, or lacks a service
 */
export async function readCrews(id: string, folder: string): Promise<Record<ServiceName, Crew>> {
  const file = join(folder, 'ecosystem.config.js');
  // The release's own folder, and not the link: a worker that starts again runs the tested build.
  const env = { ...process.env, MAINSTAY_DIRECTORY: folder };
  const { stdout } = await run(process.execPath, ['-e', PRINT, file], { cwd: folder, env, timeout: 20_000 }).catch(
    (error: Error & { stderr?: string }) => {
      throw new Refusal(`${(error.stderr ?? '') || error.message}\n\n${file} could not be read.`);
    },
  );
  const apps = JSON.parse(stdout) as (AppPlan & { instances?: number })[];
  return forEachService((name) => {
    const found = apps.find((app) => app.name === name);
    if (!found) throw new Refusal(`${file} has no app ${name}.`);
    const app = {
      ...found,
      cwd: folder,
      env: {
        ...found.env,
        VERSION: id,
        MAINSTAY_DIRECTORY: folder,
        // A worker that does not become ready is removed before it would respond with 503 beside the others.
        READY_PATIENCE_MS: String(found.listen_timeout + REMOVAL_MS),
      },
    };
    return { app, count: Math.max(1, Number(found.instances) || 1) };
  });
}

/**
 * Where the services of a release listen. Settings are read like the services read them: the environment before the
 * service's file and `.env`.
 */
export function addressesOf(folder: string): Record<ServiceName, Addresses> {
  const shared = readDotenv(join(folder, '.env'));
  return forEachService((service) => {
    const sources = [process.env, readDotenv(join(folder, `.env.${service}`)), shared];
    const { port, managementPort } = serviceOf(service);
    const find = (name: string) => findSetting(sources, [`${service.toUpperCase()}_${name}`, name]);
    return {
      open: address(find('HOST'), find('PORT'), port),
      management: address(find('MANAGEMENT_HOST'), find('MANAGEMENT_PORT'), managementPort),
    };
  });
}

function findSetting(sources: NodeJS.Dict<string>[], names: string[]): string | undefined {
  for (const name of names) {
    for (const source of sources) {
      const file = source[`${name}_FILE`];
      const value = (source[name] ?? '') || (file && readFileSync(file, 'utf8').trimEnd());
      if (value) return value;
    }
  }
  return undefined;
}

/** From this machine: a service that listens everywhere also listens on loopback. */
function address(host: string | undefined, port: string | undefined, otherwise: number): Address {
  const isEverywhere = host === undefined || host === '0.0.0.0' || host === '::';
  return { host: isEverywhere ? '127.0.0.1' : host, port: Number(port ?? otherwise) };
}
