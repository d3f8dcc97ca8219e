import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from '@swc/core';

export interface Program {
  child: ChildProcess;
  port: number;
  /** The program's output, line by line. */
  lines: string[];
  /** Resolves when the program has written the line. */
  said: (line: string) => Promise<void>;
  tell: (message: string) => void;
  /** The exit code, or the name of the signal. */
  exited: Promise<number | string>;
}

const packageFolder = fileURLToPath(new URL('../..', import.meta.url));

/** Compiles the sources into a temporary folder, because a child process does not use Jest's compiler. */
export async function compilePrograms(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'mainstay-shutdown-'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await symlink(join(packageFolder, '../../node_modules'), join(folder, 'node_modules'));
  for (const name of await readdir(packageFolder, { recursive: true })) {
    if (!/^(src\/shutdown|test\/shutdown\/programs)\/[^.]+\.ts$/.test(name)) continue;
    const source = await readFile(join(packageFolder, name), 'utf8');
    const { code } = await transform(source, { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } });
    const target = join(folder, name.replace(/\.ts$/, '.js'));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, code);
  }
  return { folder, remove: () => rm(folder, { recursive: true }) };
}

/** Starts a program of `programs` and waits until it listens. */
export async function startProgram(folder: string, name: string): Promise<Program> {
  const child = spawn(process.execPath, [join(folder, 'test/shutdown/programs', `${name}.js`)], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string);
  const lines: string[] = [];
  let rest = '';
  child.stdout!.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
  });
  const saidMatching = async (isIt: (line: string) => boolean): Promise<string> => {
    for (;;) {
      const line = lines.find(isIt);
      if (line !== undefined) return line;
      const ended = exited.then((how) => {
        throw new Error(`The program ended (${how}) after it had said: ${lines.join(', ')}`);
      });
      await Promise.race([once(child.stdout!, 'data'), ended]);
    }
  };
  const port = Number((await saidMatching((line) => line.startsWith('listening '))).split(' ')[1]);
  return {
    child,
    port,
    lines,
    said: async (line) => void (await saidMatching((said) => said === line)),
    tell: (message) => void child.send(message),
    exited,
  };
}
