/** nginx and HAProxy with the platform's configuration, as processes of one run. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Front } from './front.ts';

export interface EdgesOptions {
  /** The repository whose configuration is used. */
  root: string;
  /** An empty folder for all that the edges write. */
  folder: string;
  /** `127.0.0.1:3000` */
  gateway: string;
  /** Five free ports. */
  ports: number[];
}

/** Starts both edges. `close` ends them. @throws Error where a program is missing or does not listen */
export async function startEdges({ root, folder, gateway, ports }: EdgesOptions) {
  const certificate = join(folder, 'tls.crt');
  const nginxFolder = join(folder, 'nginx');
  const docker = join(root, 'docker');
  const env = { PATH: `${process.env.PATH ?? ''}:/usr/sbin` };
  mkdirSync(nginxFolder, { recursive: true });
  execFileSync(join(docker, 'edge/make-certificate.sh'), [certificate], { env, stdio: 'ignore' });
  const [nginxHttp, nginxHttps, haproxyHttp, haproxyHttps, files] = ports.map(String);
  const variables = {
    ...defaultsOf(join(docker, 'edge/defaults.env')),
    EDGE_BIND: '127.0.0.1',
    EDGE_GATEWAY: gateway,
    EDGE_CERTIFICATE: certificate,
    EDGE_STATIC_ROOT: join(root, 'services/web/dist'),
    EDGE_STATIC_LISTEN: `127.0.0.1:${files}`,
    EDGE_ACCESS_LOG: join(folder, 'access.log'),
    EDGE_USER: 'none',
  };
  const portsOf = (httpPort = '', httpsPort = '') => ({
    EDGE_HTTP_PORT: httpPort,
    EDGE_HTTPS_PORT: httpsPort,
    EDGE_HTTPS_PUBLIC_PORT: httpsPort,
  });
  const ofNginx = { ...env, ...variables, ...portsOf(nginxHttp, nginxHttps) };
  execFileSync(join(docker, 'nginx/render.sh'), [nginxFolder], { env: ofNginx });
  const user = process.getuid?.() === 0 ? 'user root; ' : '';
  const nginx = spawn('nginx', ['-c', join(nginxFolder, 'nginx.conf'), '-g', `${user}daemon off;`], {
    env,
    stdio: 'ignore',
  });
  const ofHaproxy = { ...env, ...variables, ...portsOf(haproxyHttp, haproxyHttps) };
  const haproxy = spawn('haproxy', ['-db', '-f', join(docker, 'haproxy/haproxy.cfg')], {
    env: ofHaproxy,
    stdio: 'ignore',
  });
  await Promise.all([listens(nginx, nginxHttps), listens(haproxy, haproxyHttps)]);
  const ca = readFileSync(certificate);
  const fronts: Front[] = [
    { name: 'nginx', url: `https://localhost:${nginxHttps}`, ca },
    { name: 'HAProxy', url: `https://localhost:${haproxyHttps}`, ca },
  ];
  return { fronts, close: () => Promise.all([nginx, haproxy].map(stop)) };
}

function defaultsOf(file: string): Record<string, string> {
  const lines = readFileSync(file, 'utf8').matchAll(/^(EDGE_\w+)=(.*)$/gm);
  return Object.fromEntries([...lines].map(([, name, value]) => [name, value] as [string, string]));
}

async function listens(child: ChildProcess, port: string | undefined): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`an edge ended with ${child.exitCode} before it listened`);
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = net.connect(Number(port), '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (isOpen) return;
    await delay(50);
  }
  throw new Error(`nothing listens on ${port}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}
