import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '@mainstay/platform/root';
import { progress } from '@mainstay/platform/terminal';

export interface Clone {
  /** A temporary folder. Its subfolder `clone` is the clone. */
  folder: string;
  /** Runs a command in the clone. @throws Error if the command fails */
  run: (command: string, ...args: string[]) => void;
  /** Runs `npm start`, and does the work when the table of addresses is printed. Stops the platform afterwards. */
  whileStarted: (env: NodeJS.Dict<string>, work: () => Promise<unknown>) => Promise<void>;
}

/** Clones HEAD, does the work, and removes the clone. */
export async function inClone(work: (clone: Clone) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'mainstay-clone-'));
  const cwd = join(folder, 'clone');
  try {
    execFileSync('git', ['clone', '--quiet', root, cwd]);
    await work({
      folder,
      run(command, ...args) {
        progress([command, ...args].join(' '));
        execFileSync(command, args, { cwd, stdio: ['ignore', 2, 2] });
      },
      whileStarted: (env, work) => whileStarted(cwd, env, work),
    });
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function whileStarted(cwd: string, env: NodeJS.Dict<string>, work: () => Promise<unknown>): Promise<void> {
  progress('npm start');
  const child = spawn('npm', ['start'], { cwd, stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } });
  const ended = new Promise((resolve) => child.once('close', resolve));
  try {
    await new Promise<void>((resolve, reject) => {
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk;
        if (output.includes('Ctrl-C')) resolve();
      });
      void ended.then(() => reject(new Error('npm start ended before it printed its table.')));
    });
    await work();
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}
