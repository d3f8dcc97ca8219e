/**
 * Proves the worked example of docs/forking.md, in a clone of HEAD: `npm run fork:example -- bookings` makes a tree
 * that passes `npm run check` and the tests of the changed services, packages and pages.
 */
import { progress, runCommand } from '@mainstay/platform/terminal';
import { inClone } from './in-clone.ts';
import { readFlags } from './read-flags.ts';

const EXAMPLE = 'bookings';
/** Paths of the tests of the code that the example `bookings` changes or adds, except proofs/. */
const TESTS = ['services', 'packages/events', `e2e/${EXAMPLE}`, 'e2e/openapi', 'e2e/web', 'platform/src/start'];

readFlags({});
await runCommand(() =>
  inClone(async ({ run }) => {
    run('npm', 'ci', '--no-audit', '--no-fund');
    run('npm', 'run', 'fork:example', '--', EXAMPLE);
    run('git', 'add', '--all'); // the checks read only files that git tracks
    run('npm', 'run', 'check');
    run('npm', 'test', '--', ...TESTS);
    progress('The example works');
  }),
);
