import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface RedisServer {
  port: number;
  start: () => Promise<void>;
  stop: () => Promise<void>;
  /** Lets it hold its connections and answer nothing, as a machine that swaps. */
  freeze: () => void;
  thaw: () => void;
  remove: () => Promise<void>;
}

/** A redis-server from PATH that nobody else uses, so that a test may break it. Not started yet; it forgets everything when it stops. */
export async function prepareRedis(): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'hardening-redis-'));
  const port = await freePort();
  let server: ChildProcess | undefined;

  async function stop(): Promise<void> {
    if (!server) return;
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
    server = undefined;
  }

  return {
    port,
    async start() {
      const options = [
        '--port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--dir',
        folder,
        '--save',
        '',
        '--appendonly',
        'no',
      ];
      server = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] });
      const log = server.stdout!;
      await new Promise<void>((resolve) => {
        log.on('data', (chunk: Buffer) => chunk.includes('Ready to accept connections') && resolve());
      });
    },
    stop,
    freeze: () => void server?.kill('SIGSTOP'),
    thaw: () => void server?.kill('SIGCONT'),
    async remove() {
      await stop();
      await rm(folder, { recursive: true });
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
