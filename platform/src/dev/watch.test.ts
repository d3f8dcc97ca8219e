import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { root } from '../root.ts';
import { forEachService, serviceNames, type ServiceName } from '../services.ts';
import { createNotices } from './notices.ts';
import { concernedServices, replaceEdited } from './watch.ts';

const directory = mkdtempSync(join(tmpdir(), 'watch-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
let stop: () => Promise<void> = () => Promise.resolve();
afterEach(() => stop());

function write(path: string, text = ''): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), text);
}

/** A tree in which only accounts needs the package `books`. Returns what happens in it, and passes it to `done`. */
function watchTree(done: (events: string[]) => void): string[] {
  write('packages/books/package.json', '{}');
  write('packages/books/src/index.ts');
  for (const name of serviceNames) {
    write(
      `services/${name}/package.json`,
      name === 'accounts' ? '{ "dependencies": { "@mainstay/books": "0.1.0" } }' : '{}',
    );
    for (const file of ['src/app.ts', 'src/app.test.ts', 'migrations/0001.sql']) write(`services/${name}/${file}`);
  }
  const events: string[] = [];
  const note = (event: string) => {
    events.push(event);
    done(events);
    return Promise.resolve();
  };
  const service = (name: ServiceName) => ({
    restart: () => note(`${name} restarts`),
    settled: () => Promise.resolve(),
  });
  stop = replaceEdited({
    services: forEachService(service),
    notices: createNotices(() => undefined),
    migrate: (name) => note(`${name} migrates`),
    directory,
  });
  return events;
}

describe('an edit', () => {
  it.each([
    ['services/activity/src/app.ts', ['activity']],
    ['packages/text/src/index.ts', serviceNames], // packages/service needs it
    ['services/web/src/main.tsx', []],
  ])('concerns only the services that run it: %s %j', (path, names) => {
    expect(concernedServices(root, [path])).toEqual(names);
  });

  it('restarts only the service that changed, and a package the services that import it', async () => {
    const events = await new Promise<string[]>((resolve) => {
      const seen = watchTree(({ length }) => {
        if (length === 1) write('packages/books/src/index.ts', 'edited');
        else resolve(seen);
      });
      write('services/activity/src/app.test.ts', 'edited'); // no service runs it
      write('services/activity/src/app.ts', 'edited');
    });
    expect(events).toEqual(['activity restarts', 'accounts restarts']);
  });

  it('of a migration runs the migration before the service restarts', async () => {
    const events = await new Promise<string[]>((resolve) => {
      const seen = watchTree(({ length }) => length === 2 && resolve(seen));
      write('services/accounts/migrations/0002.sql');
    });
    expect(events).toEqual(['accounts migrates', 'accounts restarts']);
  });
});
