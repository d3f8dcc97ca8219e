import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from '../processes/run-program.ts';
import { during } from '../terminal.ts';

const FILES_AT_ONCE = 300;

/** Updates everything that depends on the changed files: workspace links, the lock file, the format, and generated files. */
export async function finishFork(root: string, changed: string[]): Promise<void> {
  const node = (args: string[], failure: string) => runProgram(process.execPath, args, { failure });
  await during('Linking the workspaces (npm install)', () =>
    runProgram('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'], {
      failure: 'npm install failed',
    }),
  );
  const format = async (files: string[]) => {
    const prettier = [
      join(root, 'node_modules/prettier/bin/prettier.cjs'),
      '--write',
      '--ignore-unknown',
      '--log-level=warn',
    ];
    for (let first = 0; first < files.length; first += FILES_AT_ONCE)
      await node([...prettier, ...files.slice(first, first + FILES_AT_ONCE)], 'prettier failed');
  };
  await during('Formatting', () => format(changed.filter((path) => existsSync(join(root, path)))));
  await during('Writing generated files (npm run generate)', () =>
    node([join(root, 'bootstrap.mjs'), 'generate'], 'npm run generate failed'),
  );
}
