/**
 * Proves the worked example of docs/forking.md, in a clone of HEAD: `npm run fork:example -- bookings` makes a tree
 * that passes `npm run check` and the tests of everything that the example changes.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '@mainstay/platform/root';
import { progress, runCommand } from '@mainstay/platform/terminal';

const EXAMPLE = 'bookings';
/** Tests of the services, packages and web pages that the example changes, and the stories of the example. */
const TESTS = ['services', 'packages/events', `e2e/${EXAMPLE}`, 'e2e/openapi', 'e2e/web', 'platform/src/start'];

await runCommand(() => {
  const folder = mkdtempSync(join(tmpdir(), 'mainstay-example-'));
  const clone = join(folder, 'clone');
  const run = (command: string, ...args: string[]) => {
    progress([command, ...args].join(' '));
    execFileSync(command, args, { cwd: clone, stdio: ['ignore', 2, 2] });
  };
  try {
    execFileSync('git', ['clone', '--quiet', root, clone]);
    run('npm', 'ci', '--no-audit', '--no-fund');
    run('npm', 'run', 'fork:example', '--', EXAMPLE);
    run('git', 'add', '--all'); // the checks read only files that git tracks
    run('npm', 'run', 'check');
    run('npm', 'test', '--', ...TESTS);
    progress('The example works');
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
  return Promise.resolve();
});
