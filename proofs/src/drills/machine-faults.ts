/** What Prometheus learns from exporters: Debian's prometheus-node-exporter and prometheus-blackbox-exporter. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '@mainstay/platform/processes/ports';
import { root } from '@mainstay/platform/root';
import type { OwnPlatform } from '@mainstay/platform/start/own-platform';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';

const run = promisify(execFile);
const MEBIBYTE = 1024 * 1024;
const DISK_MIB = 16;

/** A file system of its own, so that no other one is at risk. */
export function diskDrill() {
  let place = '';
  let exporter: { url: string; stop: () => Promise<unknown> } | undefined;
  return {
    programs: ['prometheus-node-exporter'],
    async jobs({ directory }: OwnPlatform) {
      place = join(directory, 'disk');
      await mkdir(place);
      await run('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'mainstay-drill', place]);
      exporter = await startExporter('prometheus-node-exporter', (port) => [
        '--collector.disable-defaults',
        '--collector.filesystem',
        `--collector.filesystem.mount-points-exclude=^/($|proc|sys|dev|run|etc)`,
        `--web.listen-address=127.0.0.1:${port}`,
      ]);
      return [{ job_name: 'machine', static_configs: [{ targets: [exporter.url], labels: { service: 'machine' } }] }];
    },
    async begin() {
      const file = join(place, 'full');
      await writeFile(file, Buffer.alloc(Math.floor(DISK_MIB * MEBIBYTE * 0.95)));
      return () => rm(file);
    },
    async close() {
      await exporter?.stop();
      await run('umount', [place]);
    },
  };
}

/** A server at a door of its own, and the platform's own configuration of the exporter that asks it. */
export function certificateDrill() {
  let folder = '';
  let server: Server | undefined;
  let exporter: { url: string; stop: () => Promise<unknown> } | undefined;
  return {
    programs: ['prometheus-blackbox-exporter', 'openssl'],
    async jobs({ directory }: OwnPlatform) {
      folder = directory;
      server = createServer(await certificateOf(folder, 90), (_req, res) => void res.end('well'));
      const door = server;
      await new Promise((resolve) => door.listen(0, '127.0.0.1', () => resolve(undefined)));
      const { port } = door.address() as AddressInfo;
      exporter = await startExporter('prometheus-blackbox-exporter', (own) => [
        `--config.file=${join(root, 'docker/blackbox/blackbox.yml')}`,
        `--web.listen-address=127.0.0.1:${own}`,
      ]);
      const target = `https://127.0.0.1:${port}/healthz`;
      const params = { module: ['edge'], target: [target] };
      const relabels = [{ target_label: 'instance', replacement: target }];
      const targets = [{ targets: [exporter.url], labels: { service: 'edge' } }];
      return [{ job_name: 'edge', metrics_path: '/probe', params, static_configs: targets, relabel_configs: relabels }];
    },
    async begin() {
      server?.setSecureContext(await certificateOf(folder, 7));
      server?.closeAllConnections();
      return async () => {
        server?.setSecureContext(await certificateOf(folder, 90));
        server?.closeAllConnections();
      };
    },
    async close() {
      await exporter?.stop();
      server?.closeAllConnections();
      await new Promise((resolve) => server?.close(resolve));
    },
  };
}

async function certificateOf(folder: string, days: number) {
  const [key, cert] = [join(folder, `${days}.key`), join(folder, `${days}.crt`)];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=127.0.0.1'];
  await run('openssl', ['req', '-x509', ...kind, '-days', String(days), '-keyout', key, '-out', cert]);
  return { key: await readFile(key), cert: await readFile(cert) };
}

async function startExporter(program: string, argumentsOf: (port: number) => string[]) {
  const port = await freePort();
  const child = spawn(program, argumentsOf(port), { stdio: 'ignore' });
  const gone = once(child, 'exit');
  return {
    url: `127.0.0.1:${port}`,
    async stop() {
      child.kill('SIGTERM');
      await gone;
    },
  };
}
