import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';

interface Service {
  image?: string;
  user?: string;
  read_only?: boolean;
  cap_drop?: string[];
  cap_add?: string[];
  security_opt?: string[];
  restart?: string;
  ports?: string[];
  networks?: string[] | Record<string, unknown>;
  network_mode?: string;
  environment?: Record<string, string>;
  volumes?: string[];
  healthcheck?: object;
  build?: object;
  deploy?: { resources?: { limits?: Record<string, string> } };
  logging?: { options?: Record<string, string> };
}

interface ComposeFile {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean } | null>;
}

const text = readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8');
const { services, networks } = parse(text, { merge: true }) as ComposeFile;
const everyService = Object.entries(services);
const networksOf = ({ networks: own = [] }: Service) => (Array.isArray(own) ? own : Object.keys(own));

describe('docker-compose.yml', () => {
  it.each(everyService)('gives %s only the files that it needs', (name, service) => {
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    expect(service.deploy?.resources?.limits).toEqual({
      cpus: expect.any(String),
      memory: expect.any(String),
      pids: expect.any(Number),
    });
    expect(service.logging?.options).toHaveProperty('max-size');
    expect(['unless-stopped', 'no']).toContain(service.restart);
    if (name !== 'secrets') expect(service).not.toHaveProperty('cap_add');
    if (name !== 'secrets' && !service.image?.startsWith('mainstay/web'))
      expect(service.user).toMatch(/^[1-9]\d*:\d+$/);
  });

  it('publishes only the edge to the network, and publishes tools to this machine only', () => {
    const published = everyService.filter(([, { ports = [] }]) => ports.some((port) => !port.startsWith('127.0.0.1:')));
    expect(published.map(([name]) => name)).toEqual(['nginx']);
  });

  it('keeps services and stores unreachable from outside, and stores unreachable from the gateway', () => {
    expect(networks).toMatchObject({ app: { internal: true }, data: { internal: true } });
    const between = (one: string, other: string) =>
      networksOf(services[one]!).filter((network) => networksOf(services[other]!).includes(network));
    const edges = [
      'nginx',
      'haproxy', // fork:remove haproxy
    ];
    for (const edge of edges) expect(networksOf(services[edge]!)).toEqual(['edge']);
    for (const store of ['postgres', 'mongo']) expect(between('gateway', store)).toEqual([]);
    for (const name of ['accounts', 'activity']) expect(between(name, 'nginx')).toEqual([]);
  });

  it('gives each service its secrets as files, and contains no secret itself', () => {
    for (const [name, { environment = {} }] of everyService) {
      for (const [setting, value] of Object.entries(environment)) {
        const isSecret = /PASSWORD|SECRET|PRIVATE_KEYS|_URL_FILE/.test(setting);
        if (isSecret)
          expect({ name, setting, value }).toMatchObject({ value: expect.stringMatching(/^\/run\/secrets\//) });
      }
    }
    // Each secrets volume may have only one reader. The container `secrets` is left out, because `secrets` writes the
    // volumes. The container `redis-users` is left out, because `redis-users` shares the volume of Redis.
    const readers = everyService.filter(([name]) => name !== 'secrets' && name !== 'redis-users');
    const mounted = readers.flatMap(([, { volumes = [] }]) =>
      volumes.filter((volume) => /-secrets:|vault:/.test(volume)),
    );
    expect(new Set(mounted).size).toBe(mounted.length);
    expect(mounted.every((volume) => volume.endsWith(':/run/secrets:ro'))).toBe(true);
  });

  it('ignores a .env that is meant for processes outside containers', () => {
    const names = [...text.matchAll(/(?<!\$)\$\{?([A-Z_]+)/g)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !name?.startsWith('MAINSTAY_'))).toEqual([]);
  });
});
