/** npm run dev: the compiler watches the sources, and services whose code it has written start again. */
import { spawn } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { sendGroup } from '../processes/processes.ts';
import type { SupervisedProcess } from '../processes/supervised-process.ts';
import { root } from '../root.ts';
import { serviceNames, type ServiceName } from '../services.ts';
import type { Stores } from '../stores/open-stores.ts';
import { progress } from '../terminal.ts';
import { compiler } from './install.ts';
import { migrate } from './open-platform-stores.ts';

/**
 * Starts the watching compiler and shows its errors. A build without errors restarts the services that it concerns, each after its migrations.
 * @returns a function that stops it
 */
export function watch(running: Record<ServiceName, SupervisedProcess>, stores: Stores): () => Promise<void> {
  const child = spawn(process.execPath, [compiler, '-b', '--watch', '--preserveWatchOutput', '--pretty', 'false'], {
    cwd: root,
    detached: true, // Ctrl-C reaches the supervisor only
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let written = codeTimes();
  const restartChanged = async () => {
    const before = await written;
    written = codeTimes();
    for (const name of concerned(before, await written)) {
      await migrate(stores, name);
      progress(`${name}: starting the new build`);
      await running[name].restart();
    }
  };
  let last = written.then(() => undefined);
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.includes('error TS')) progress(line);
    if (!line.includes('Found 0 errors')) return;
    last = last.then(restartChanged).then(
      () => undefined,
      (error: unknown) => progress((error as Error).message) as undefined,
    );
  });
  return async () => {
    if (child.pid !== undefined) sendGroup(child.pid, 'SIGTERM');
    await last;
  };
}

function concerned(before: Map<string, number>, after: Map<string, number>): ServiceName[] {
  const changed = [...after].filter(([place, time]) => before.get(place) !== time).map(([place]) => place);
  const everywhere = changed.some((place) => place.startsWith('packages/')); // each service is made of the packages
  return serviceNames.filter((name) => everywhere || changed.includes(`services/${name}`));
}

/** When the compiler last wrote to each workspace. */
async function codeTimes(): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  for (const group of ['packages', 'services']) {
    for (const name of await readdir(join(root, group)))
      times.set(`${group}/${name}`, await newest(join(root, group, name, 'dist')));
  }
  return times;
}

async function newest(directory: string): Promise<number> {
  const names = await readdir(directory, { recursive: true }).catch(() => []);
  const files = await Promise.all(
    names.filter((name) => name.endsWith('.js')).map((name) => stat(join(directory, name))),
  );
  return Math.max(0, ...files.map((file) => file.mtimeMs));
}
