/**
 * Proves that `npm start` works in a fresh clone, and prints how long the first and the second start take.
 *
 *   node proofs/src/first-start.ts            with the caches of this machine
 *   node proofs/src/first-start.ts --cold     with empty caches of Maven and of the MongoDB stand-in
 * Uses the ports of `npm start`. GATEWAY_PORT and the other port settings change these ports.
 */
import { join } from 'node:path';
import { runCommand } from '@mainstay/platform/terminal';
import { inClone } from './in-clone.ts';
import { readFlags } from './read-flags.ts';

const { cold } = readFlags({ cold: false });

await runCommand(() =>
  inClone(async ({ folder, whileStarted }) => {
    const empty = { XDG_CACHE_HOME: join(folder, 'cache'), MAVEN_OPTS: `-Dmaven.repo.local=${join(folder, 'm2')}` };
    const caches = cold ? empty : {};
    for (const which of ['first', 'second']) {
      const startedAt = performance.now();
      await whileStarted(caches, async () =>
        console.log(`${which} start: ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`),
      );
    }
  }),
);
