/** npm run dev: an edit replaces the processes of the services that run it, and the compiler reports types. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, watch as watchFolder } from 'node:fs';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { sendGroup } from '../processes/processes.ts';
import { product } from '../product.ts';
import { root } from '../root.ts';
import { serviceNames, type ServiceName } from '../services.ts';
import { LOG_DELAY_MS } from '../start/follow-log.ts';
import { compiler } from '../start/install.ts';
import { progress } from '../terminal.ts';
import type { Notices } from './notices.ts';
import type { ReplaceableProcess } from './replaceable-process.ts';

/** An editor writes several files, and some of them more than once. */
const QUIET_MS = 80;
const FOLDERS = ['src', 'migrations'];

interface Edited {
  services: Record<ServiceName, Pick<ReplaceableProcess, 'restart' | 'settled'>>;
  notices: Notices;
  /** Brings the schema of a service to what its edited migrations say. */
  migrate: (name: ServiceName) => Promise<void>;
  directory?: string;
}

/**
 * Replaces the services that an edit concerns, at the same time, with new migrations first.
 * @returns a function that stops it
 */
export function replaceEdited({ services, notices, migrate, directory = root }: Edited): () => Promise<void> {
  async function replace(name: ServiceName, paths: string[], editedAt: number): Promise<void> {
    try {
      if (paths.some((path) => path.startsWith(`services/${name}/`) && path.includes('migrat'))) await migrate(name);
      await services[name].restart();
      progress(`${name} runs the edit after ${((performance.now() - editedAt) / 1000).toFixed(1)} s`);
    } catch (error) {
      progress(`${name} still runs as before the edit. ${(error as Error).message}`);
    }
  }
  let last = Promise.resolve();
  const stop = watchSources(directory, (paths) => {
    const editedAt = performance.now() - QUIET_MS;
    last = last.then(async () => {
      const names = concernedServices(directory, paths);
      const replaced = Promise.all(names.map((name) => replace(name, paths, editedAt)));
      void notices.during(async () => {
        await replaced;
        await Promise.all(names.map((name) => services[name].settled()));
        await delay(LOG_DELAY_MS);
      });
      await replaced;
    });
  });
  return async () => {
    stop();
    await last;
  };
}

/**
 * Reports the paths, from the root, of edited sources and migrations of packages and services, when no further edit follows at once.
 * @returns a function that stops it
 */
export function watchSources(directory: string, onEdit: (paths: string[]) => void): () => void {
  const edited = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const report = () => {
    onEdit([...edited]);
    edited.clear();
  };
  const watchers = workspacesOf(directory)
    .flatMap((workspace) => FOLDERS.map((folder) => `${workspace}/${folder}`))
    .filter((folder) => existsSync(join(directory, folder)))
    .map((folder) =>
      watchFolder(join(directory, folder), { recursive: true }, (_event, name) => {
        const path = `${folder}/${String(name)}`;
        if (!/\.(ts|sql|json)$/.test(path) || path.endsWith('.test.ts')) return;
        edited.add(path);
        clearTimeout(timer);
        timer = setTimeout(report, QUIET_MS);
      }),
    );
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}

/** The services that run one of these files: their own, or one of a package that they import directly or through another package. */
export function concernedServices(directory: string, paths: readonly string[]): ServiceName[] {
  const edited = new Set(paths.map((path) => path.split('/').slice(0, 2).join('/')));
  return serviceNames.filter((name) => {
    const parts = new Set([`services/${name}`]);
    for (const part of parts) for (const needed of packagesOf(directory, part)) parts.add(needed);
    return [...parts].some((part) => edited.has(part));
  });
}

function packagesOf(directory: string, workspace: string): string[] {
  const file = join(directory, workspace, 'package.json');
  const { dependencies = {} } = JSON.parse(readFileSync(file, 'utf8')) as { dependencies?: Record<string, string> };
  const scope = `@${product.name}/`;
  return Object.keys(dependencies)
    .filter((name) => name.startsWith(scope))
    .map((name) => `packages/${name.slice(scope.length)}`);
}

function workspacesOf(directory: string): string[] {
  return ['packages', 'services'].flatMap((group) =>
    readdirSync(join(directory, group)).map((name) => `${group}/${name}`),
  );
}

/**
 * Starts the watching compiler, which shows errors and keeps the build up to date. The services have priority over it.
 * @returns a function that stops it
 */
export function reportTypes(): () => Promise<void> {
  const child = spawn(process.execPath, [compiler, '-b', '--watch', '--preserveWatchOutput', '--pretty', 'false'], {
    cwd: root,
    detached: true, // Ctrl-C reaches the supervisor only
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.pid !== undefined) setPriority(child.pid, 10);
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.includes('error TS')) progress(line);
  });
  return async () => {
    if (child.pid !== undefined) sendGroup(child.pid, 'SIGTERM');
    await Promise.resolve();
  };
}
