import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '@mainstay/platform/testing';
import { findProgram } from '../find-program.ts';
import { docker, startNginx, type Program, type Variables } from './edge-programs.ts';
import { startHaproxy } from './haproxy.ts'; // fork:remove haproxy

const run = promisify(execFile);

/** A running edge: a TLS proxy with the platform's configuration. It writes only to its own folder. */
export interface Edge {
  /** The address with TLS: `https://localhost:<port>`. */
  url: string;
  /** The address that redirects to `url`: `http://localhost:<port>`. */
  plainUrl: string;
  /** The current certificate in PEM. */
  certificate(): Promise<Buffer>;
  /** Writes a new certificate file. */
  renewCertificate(): Promise<void>;
  /** Reloads the configuration as an administrator does. Resolves when new workers have started. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

export interface EdgeKind {
  name: string;
  /** True if a reload keeps idle connections open. */
  keepsIdleConnections: boolean;
  /** The programs that must be installed. */
  programs: readonly string[];
  /** `gateways` are one to four addresses such as `127.0.0.1:3000`. */
  start(gateways: readonly string[], variables?: Record<string, string>): Promise<Edge>;
}

export const edges: readonly EdgeKind[] = [
  {
    name: 'nginx',
    keepsIdleConnections: nginxVersion() >= 1_027_004,
    programs: ['nginx', 'openssl'],
    start: (...args) => startEdge(startNginx, ...args),
  },
  // fork:remove haproxy
  {
    name: 'HAProxy',
    keepsIdleConnections: true,
    // HAProxy cannot serve the static files, so nginx runs behind it.
    programs: ['haproxy', 'nginx', 'openssl'],
    start: (...args) => startEdge(startHaproxy, ...args),
  },
  // end of fork:remove haproxy
];

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
    EDGE_STATIC_ROOT: path.join(docker, '../services/web/dist'),
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

async function defaults(): Promise<Variables> {
  const text = await readFile(path.join(docker, 'edge/defaults.env'), 'utf8');
  return Object.fromEntries(
    [...text.matchAll(/^(EDGE_\w+)=(.*)$/gm)].map(([, name, value]) => [name, value] as [string, string]),
  );
}

function nginxVersion(): number {
  const nginx = findProgram('nginx');
  const { stderr = '' } = nginx === undefined ? {} : spawnSync(nginx, ['-v'], { encoding: 'utf8' });
  const [, major, minor, patch] = /(\d+)\.(\d+)\.(\d+)/.exec(stderr) ?? [];
  return Number(major) * 1_000_000 + Number(minor) * 1_000 + Number(patch);
}
