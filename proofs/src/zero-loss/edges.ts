/** nginx and HAProxy with the platform's configuration, as on a machine of their own; all that they write is in a folder of the campaign's. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { recordProcess } from '@mainstay/platform/processes/processes';
import { freePort, isPortFree } from '@mainstay/platform/processes/ports';
import { root } from '@mainstay/platform/root';
import type { OwnStores } from '@mainstay/platform/start/own-platform';

const run = promisify(execFile);
const docker = join(root, 'docker');
/** Debian keeps servers where a user's PATH does not look. */
const PATH = [process.env.PATH ?? '', '/usr/sbin', '/usr/local/sbin'].join(delimiter);
/** An edge that does not listen by then is broken. */
const START_MAX_MS = 10_000;
/** How long a master takes to have started its new workers. */
const RELOAD_MAX_MS = 10_000;

export type EdgeName = 'nginx' | 'haproxy';
export interface Edge {
  name: EdgeName;
  url: string;
  /** PEM of its certificate, which it made itself */
  ca: string;
  /** resolves when new workers have begun; the old ones finish what they have */
  reload: () => Promise<void>;
}

interface Program {
  args: string[];
  reload: (pid: number) => Promise<unknown>;
}

/** The programs that are missing here. */
export function missingPrograms(name: EdgeName) {
  return [name, 'openssl'].filter((program) => !findProgram(program));
}

function findProgram(program: string) {
  return PATH.split(delimiter)
    .map((folder) => join(folder, program))
    .find(existsSync);
}

/** Starts an edge before one gateway, and has `shutdown` stop it. */
export async function startEdge(
  name: EdgeName,
  gatewayUrl: string,
  { directory, shutdown }: Pick<OwnStores, 'directory' | 'shutdown'>,
): Promise<Edge> {
  const folder = join(directory, name);
  const [httpPort, httpsPort, staticPort] = await Promise.all([freePort(), freePort(), freePort()]);
  const certificate = join(folder, 'tls.crt');
  await run(join(docker, 'edge/make-certificate.sh'), [certificate], { env: { PATH } });
  const env = {
    ...(await defaults()),
    PATH,
    EDGE_BIND: '127.0.0.1',
    EDGE_HTTP_PORT: String(httpPort),
    EDGE_HTTPS_PORT: String(httpsPort),
    EDGE_HTTPS_PUBLIC_PORT: String(httpsPort),
    EDGE_GATEWAY: new URL(gatewayUrl).host,
    EDGE_CERTIFICATE: certificate,
    EDGE_STATIC_ROOT: join(docker, '../services/web/dist'),
    EDGE_STATIC_LISTEN: `127.0.0.1:${staticPort}`,
    EDGE_ACCESS_LOG: join(directory, 'logs', 'nginx-access.log'),
  };
  const { args, reload } = name === 'nginx' ? await nginx(join(folder, 'rendered'), env) : haproxy();
  const child = spawn(findProgram(name) ?? name, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => (said = `${said}${chunk}`.slice(-4_000)));
  shutdown.onClose(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
  await recordProcess(join(directory, `${name}.pid`), child.pid ?? 0, name);
  await until(START_MAX_MS, `${name} does not listen: ${said}`, async () => !(await isPortFree(httpsPort)));

  const children = async (): Promise<string[]> =>
    (await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')).split(' ').filter(Boolean);

  return {
    name,
    url: `https://localhost:${httpsPort}`,
    ca: await readFile(certificate, 'utf8'),
    async reload() {
      const before = await children();
      await reload(child.pid ?? 0);
      await until(RELOAD_MAX_MS, `${name} did not reload`, async () =>
        (await children()).some((pid) => !before.includes(pid)),
      );
    },
  };
}

async function nginx(rendered: string, env: Record<string, string>): Promise<Program> {
  await run(join(docker, 'nginx/render.sh'), [rendered], { env });
  // As root, workers would be nobody's, who may not read where the repository lies.
  const user = process.getuid?.() === 0 ? 'user root; ' : '';
  return {
    args: ['-c', join(rendered, 'nginx.conf'), '-g', `${user}daemon off;`],
    reload: (pid) => run(join(docker, 'nginx/reload.sh'), [rendered, 'kill', '-HUP', String(pid)], { env }),
  };
}

function haproxy(): Program {
  return {
    args: ['-W', '-db', '-f', join(docker, 'haproxy/haproxy.cfg')],
    reload: async (pid) => process.kill(pid, 'SIGUSR2'),
  };
}

async function defaults(): Promise<Record<string, string>> {
  const lines = (await readFile(join(docker, 'edge/defaults.env'), 'utf8')).split('\n');
  return Object.fromEntries(lines.filter((line) => line.startsWith('EDGE_')).map((line) => line.split('=', 2)));
}

async function until(maxMs: number, failure: string, holds: () => Promise<boolean>) {
  const giveUpAt = performance.now() + maxMs;
  while (!(await holds())) {
    if (performance.now() > giveUpAt) throw new Error(failure);
    await delay(50);
  }
}
