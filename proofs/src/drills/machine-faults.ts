/** Faults that exporters report to Prometheus: Debian's prometheus-node-exporter and prometheus-blackbox-exporter. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '@mainstay/platform/processes/ports';
import { root } from '@mainstay/platform/root';
import type { Drill } from './drill.ts';

const run = promisify(execFile);
const MEBIBYTE = 1024 * 1024;
const DISK_MIB = 16;

/** Fills a separate file system, so that the machine's own disk is safe. */
export function diskDrill(): Pick<Drill, 'programs' | 'jobs' | 'begin' | 'close'> {
  let place = '';
  const exporter = exporterOf('prometheus-node-exporter');
  return {
    programs: [exporter.program],
    async jobs({ directory }) {
      place = join(directory, 'disk');
      await mkdir(place);
      await run('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'mainstay-drill', place]);
      const excluded = '--collector.filesystem.mount-points-exclude=^/($|proc|sys|dev|run|etc)';
      const target = await exporter.start('--collector.disable-defaults', '--collector.filesystem', excluded);
      return [{ job_name: 'machine', static_configs: [{ targets: [target], labels: { service: 'machine' } }] }];
    },
    async begin() {
      const file = join(place, 'full');
      await writeFile(file, Buffer.alloc(Math.floor(DISK_MIB * MEBIBYTE * 0.95)));
      return () => rm(file);
    },
    async close() {
      await exporter.stop();
      if (place !== '') await run('umount', [place]);
    },
  };
}

/** A separate TLS server with changing certificates, and the exporter that probes it with the platform's configuration. */
export function certificateDrill(): Pick<Drill, 'programs' | 'jobs' | 'begin' | 'close'> {
  let folder = '';
  let server: Server | undefined;
  const exporter = exporterOf('prometheus-blackbox-exporter');
  const show = async (days: number) => {
    server?.setSecureContext(await certificateOf(folder, days));
    server?.closeAllConnections();
  };
  return {
    programs: [exporter.program, 'openssl'],
    async jobs({ directory }) {
      folder = directory;
      const started = createServer(await certificateOf(folder, 90), (_req, res) => void res.end('well'));
      server = started;
      await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
      const url = `https://127.0.0.1:${(started.address() as AddressInfo).port}/healthz`;
      const target = await exporter.start(`--config.file=${join(root, 'docker/blackbox/blackbox.yml')}`);
      return [
        {
          job_name: 'edge',
          metrics_path: '/probe',
          params: { module: ['edge'], target: [url] },
          static_configs: [{ targets: [target], labels: { service: 'edge' } }],
          relabel_configs: [{ target_label: 'instance', replacement: url }],
        },
      ];
    },
    async begin() {
      await show(7);
      return () => show(90);
    },
    async close() {
      await exporter.stop();
      server?.closeAllConnections();
      server?.close();
    },
  };
}

async function certificateOf(folder: string, days: number) {
  const [key, cert] = [join(folder, `${days}.key`), join(folder, `${days}.crt`)];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=127.0.0.1'];
  await run('openssl', ['req', '-x509', ...kind, '-days', String(days), '-keyout', key, '-out', cert]);
  return { key: await readFile(key), cert: await readFile(cert) };
}

function exporterOf(program: string) {
  let stop = async () => {};
  return {
    program,
    async start(...args: string[]): Promise<string> {
      const address = `127.0.0.1:${await freePort()}`;
      const child = spawn(program, [...args, `--web.listen-address=${address}`], { stdio: 'ignore' });
      const gone = once(child, 'exit');
      stop = async () => {
        child.kill('SIGTERM');
        await gone;
      };
      return address;
    },
    stop: () => stop(),
  };
}
