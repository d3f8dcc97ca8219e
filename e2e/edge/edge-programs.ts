import { execFile, spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { eventually } from '@mainstay/platform/testing/eventually';
import { findProgram } from '../find-program.ts';

const run = promisify(execFile);
export const docker = fileURLToPath(new URL('../../docker/', import.meta.url));

export interface Program {
  reload(): Promise<void>;
  close(): Promise<void>;
}

/** The variables of docker/edge/defaults.env, and `BODY_BYTES_MAX`. */
export type Variables = Record<string, string>;
export type Child = ChildProcessByStdio<null, null, Readable>;

/** Starts nginx in the foreground. The configuration of nginx is written to the subfolder `nginx` of `folder`. */
export async function startNginx(folder: string, variables: Variables): Promise<Program> {
  const prefix = path.join(folder, 'nginx');
  await run(path.join(docker, 'nginx/render.sh'), [prefix], { env: { PATH: programPath(), ...variables } });
  // If root starts nginx, the worker processes run as the system user `nobody` by default. The user `nobody` cannot
  // read the repository's folder, so the worker processes must run as root.
  const user = process.getuid?.() === 0 ? 'user root; ' : '';
  const args = ['-c', path.join(prefix, 'nginx.conf'), '-g', `${user}daemon off;`];
  const child = startProgram('nginx', args, {});
  await Promise.all([
    variables.EDGE_ROLE === 'static' ? undefined : accepts(child, variables.EDGE_HTTPS_PORT),
    accepts(child, variables.EDGE_STATIC_LISTEN?.split(':')[1]),
  ]);
  return {
    async reload() {
      const before = await childrenOf(child);
      // Before nginx 1.27.4, every HTTP/1.1 reply closes the connection for this number of seconds before the reload.
      // The tests send requests without a pause, so 0.2 s is enough to close every open connection.
      const env = { PATH: programPath(), EDGE_FAREWELL_S: '0.2' };
      await run(path.join(docker, 'nginx/reload.sh'), [prefix, 'kill', '-HUP', String(child.pid)], { env });
      await eventually(
        () => childrenOf(child),
        (now) => now.some((pid) => !before.includes(pid)),
      );
    },
    close: () => stop(child),
  };
}

export function startProgram(name: string, args: string[], env: NodeJS.ProcessEnv): Child {
  const child = spawn(findProgram(name)!, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)));
  // A failed test does not always call `close`. So kill the program when the test process exits.
  const end = () => child.kill();
  process.once('exit', end);
  child.once('exit', (code) => {
    process.off('exit', end);
    if (code !== 0 && code !== null) process.stderr.write(`${name} ended with ${code}:\n${said}\n`);
  });
  return child;
}

export async function accepts(child: Child, port: string | undefined): Promise<void> {
  await eventually(async () => {
    if (child.exitCode !== null) throw new Error('the edge ended before it listened');
    return new Promise<boolean>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
  }, Boolean);
}

async function childrenOf({ pid }: Child): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.split(' ').filter(Boolean);
}

export async function stop(child: Child): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

function programPath(): string {
  return `${process.env.PATH ?? ''}:/usr/sbin`;
}
