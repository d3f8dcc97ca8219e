import { execFile, spawn, spawnSync, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from '@mainstay/embedded';
import { eventually } from '../eventually.js';
import { findProgram } from '../programs.js';

const run = promisify(execFile);
const docker = fileURLToPath(new URL('../../docker/', import.meta.url));

/** An edge that runs: Debian's own program with the platform's configuration, everything it writes in a folder of its own. */
export interface Edge {
  /** `https://localhost:<port>` */
  url: string;
  /** The redirect's address, `http://localhost:<port>`. */
  plainUrl: string;
  /** What the clients of a test trust. */
  certificate(): Promise<Buffer>;
  /** Makes another certificate in place of the one that is used. */
  renewCertificate(): Promise<void>;
  /** As an administrator would; resolves when another generation of workers has begun. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

export interface EdgeKind {
  name: 'nginx' | 'HAProxy';
  /** Whether a reload leaves idle connections to their own end, so that a client that is about to use one is not cut off. */
  keepsIdleConnections: boolean;
  /** What must be installed. HAProxy serves no files, so nginx stands behind it. */
  programs: readonly string[];
  /** `gateways` are one to four addresses as `127.0.0.1:3000`. */
  start(gateways: readonly string[], variables?: Record<string, string>): Promise<Edge>;
}

export const edges: readonly EdgeKind[] = [
  {
    name: 'nginx',
    keepsIdleConnections: nginxVersion() >= 1_027_004,
    programs: ['nginx', 'openssl'],
    start: (...args) => startEdge(startNginx, ...args),
  },
  {
    name: 'HAProxy',
    keepsIdleConnections: true,
    programs: ['haproxy', 'nginx', 'openssl'],
    start: (...args) => startEdge(startHaproxy, ...args),
  },
];

interface Program {
  reload(): Promise<void>;
  close(): Promise<void>;
}

type Variables = Record<string, string>;
type Child = ChildProcessByStdio<null, null, Readable>;

async function startEdge(
  start: (folder: string, variables: Variables) => Promise<Program>,
  gateways: readonly string[],
  more: Variables = {},
): Promise<Edge> {
  const folder = await mkdtemp(path.join(tmpdir(), 'mainstay-edge-'));
  const [httpPort, httpsPort, staticPort] = await Promise.all([freePort(), freePort(), freePort()]);
  const certificateFile = path.join(folder, 'tls.crt');
  const makeCertificate = () => run(path.join(docker, 'edge/make-certificate.sh'), [certificateFile]);
  const numbered = gateways.map((address, index) => [
    index === 0 ? 'EDGE_GATEWAY' : `EDGE_GATEWAY_${index + 1}`,
    address,
  ]);
  const variables: Variables = {
    ...(await defaults()),
    EDGE_BIND: '127.0.0.1',
    EDGE_HTTP_PORT: String(httpPort),
    EDGE_HTTPS_PORT: String(httpsPort),
    EDGE_HTTPS_PUBLIC_PORT: String(httpsPort),
    EDGE_CERTIFICATE: certificateFile,
    EDGE_STATIC_ROOT: path.join(docker, 'web'),
    EDGE_STATIC_LISTEN: `127.0.0.1:${staticPort}`,
    EDGE_ACCESS_LOG: path.join(folder, 'access.log'),
    ...Object.fromEntries(numbered),
    ...more,
  };
  await makeCertificate();
  const program = await start(folder, variables);
  return {
    url: `https://localhost:${httpsPort}`,
    plainUrl: `http://localhost:${httpPort}`,
    certificate: () => readFile(certificateFile),
    async renewCertificate() {
      await Promise.all([rm(certificateFile), rm(path.join(folder, 'tls.key'))]);
      await makeCertificate();
    },
    reload: () => program.reload(),
    async close() {
      await program.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function startNginx(folder: string, variables: Variables): Promise<Program> {
  const prefix = path.join(folder, 'nginx');
  await run(path.join(docker, 'nginx/render.sh'), [prefix], { env: { PATH: programPath(), ...variables } });
  // As root, workers would be nobody's, who may not read where the repository lies.
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
      // A farewell as short as that suffices for clients that send without a pause.
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

async function startHaproxy(folder: string, variables: Variables): Promise<Program> {
  const web = await startNginx(folder, { ...variables, EDGE_ROLE: 'static' });
  const user = process.getuid?.() === 0 ? variables.EDGE_USER : 'none';
  const env = { ...variables, EDGE_STATIC: variables.EDGE_STATIC_LISTEN, EDGE_USER: user };
  const child = startProgram('haproxy', ['-W', '-db', '-f', path.join(docker, 'haproxy/haproxy.cfg')], env);
  await Promise.all([accepts(child, variables.EDGE_HTTPS_PORT), loaded(child)]);
  return {
    async reload() {
      // Until it says so, its master hears no further signal.
      const again = loaded(child);
      child.kill('SIGUSR2');
      await again;
    },
    async close() {
      await Promise.all([stop(child), web.close()]);
    },
  };
}

function startProgram(name: string, args: string[], env: NodeJS.ProcessEnv): Child {
  const child = spawn(findProgram(name)!, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)));
  // A test that fails half-way may never come to close it.
  const end = () => child.kill();
  process.once('exit', end);
  child.once('exit', (code) => {
    process.off('exit', end);
    if (code !== 0 && code !== null) process.stderr.write(`${name} ended with ${code}:\n${said}\n`);
  });
  return child;
}

async function accepts(child: Child, port: string | undefined): Promise<void> {
  await eventually(async () => {
    if (child.exitCode !== null) throw new Error('the edge ended before it listened');
    return new Promise<boolean>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
  }, Boolean);
}

/** Resolves when HAProxy has its workers. */
function loaded(child: Child): Promise<void> {
  return new Promise((resolve) => {
    const listen = (chunk: Buffer): void => {
      if (!chunk.includes('Loading success')) return;
      child.stderr.off('data', listen);
      resolve();
    };
    child.stderr.on('data', listen);
  });
}

async function childrenOf({ pid }: Child): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.split(' ').filter(Boolean);
}

async function stop(child: Child): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

async function defaults(): Promise<Variables> {
  const text = await readFile(path.join(docker, 'edge/defaults.env'), 'utf8');
  return Object.fromEntries(
    [...text.matchAll(/^(EDGE_\w+)=(.*)$/gm)].map(([, name, value]) => [name, value] as [string, string]),
  );
}

function programPath(): string {
  return `${process.env.PATH ?? ''}:/usr/sbin`;
}

function nginxVersion(): number {
  const nginx = findProgram('nginx');
  const { stderr = '' } = nginx === undefined ? {} : spawnSync(nginx, ['-v'], { encoding: 'utf8' });
  const [, major, minor, patch] = /(\d+)\.(\d+)\.(\d+)/.exec(stderr) ?? [];
  return Number(major) * 1_000_000 + Number(minor) * 1_000 + Number(patch);
}
