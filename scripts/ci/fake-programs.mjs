// @ts-check
/** For the tests: programs that write down what they were called with, and answer what they are told to. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../platform/src/root.ts';

const run = promisify(execFile);

/**
 * A folder with programs of these names, each a piece of shell in which `$*` is what it was called with.
 * @param {Record<string, string>} programs
 */
export async function fakePrograms(programs) {
  const folder = await mkdtemp(join(tmpdir(), 'mainstay-fakes-'));
  const log = join(folder, 'calls.log');
  await writeFile(log, '');
  for (const [name, shell] of Object.entries(programs)) {
    await writeFile(join(folder, name), `#!/bin/sh\necho "${name} $*" >>"${log}"\n${shell}\n`);
    await chmod(join(folder, name), 0o755);
  }
  return {
    folder,
    /** One line a call. */
    calls: async () => (await readFile(log, 'utf8')).split('\n').filter(Boolean),
    /**
     * A step of the pipeline, which finds these programs first, and none of GitHub's variables.
     * @param {string[]} args
     * @param {Record<string, string>} [env]
     */
    async step(args, env = {}) {
      const path = [folder, dirname(process.execPath), '/usr/bin', '/bin'].join(':');
      const options = { cwd: root, env: { PATH: path, HOME: folder, ...env } };
      return run(process.execPath, [join(root, 'scripts/pipeline.mjs'), ...args], options).then(
        ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
        ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
      );
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
