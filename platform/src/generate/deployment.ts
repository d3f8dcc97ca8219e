/** Generates the lists of services in files for Docker Compose, the image build, Prometheus and the editor. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../root.ts';
import { entrance, migrations, serviceNames, serviceOf, type ServiceName } from '../services.ts';
import { readers, secretSettings } from './readers.ts';
import { databaseRoles, redisUsers } from './store-rights.ts';
import { fill, origin, withSections, type Files } from './templates.ts';

const eachService = (template: string, more: (name: ServiceName) => Record<string, string | number> = () => ({})) =>
  serviceNames.map((name) => fill(template, { name, ...more(name) })).join('');

export function deploymentFiles(): Files {
  const quoted = serviceNames.map((name) => `"${name}"`).join(', ');
  const names = readers.map(({ name }) => name);
  return {
    ...withSections('docker-compose.yml', {
      'secrets of readers': names.map((name) => `- ${name}-secrets:/secrets/${name}`).join('\n'),
      services: [...migrations.map(composeMigration), ...serviceNames.map(composeService)].join('\n'),
      'volumes of readers': names.map((name) => `${name}-secrets:`).join('\n'),
    }),
    ...withSections('docker/compose/dev.yml', { services: eachService('compose-dev.yaml') }),
    ...withSections('docker/bake.hcl', { services: `variable "SERVICES" { default = [${quoted}] }` }),
    ...withSections('docker/prometheus/compose.yml', { services: eachService('prometheus-compose.yaml') }),
    ...withSections('docker/prometheus/bare-metal.yml', {
      services: eachService('prometheus-bare-metal.yaml', (name) => ({ port: serviceOf(name).managementPort })),
    }),
    ...withSections('docker/redis/users.conf', { services: redisUsers() }),
    'docker/postgres/roles.sql': databaseRoles(),
    'tsconfig.json': projects(),
    '.vscode/launch.json': `// ${origin}\n${fill('launch.json', {
      attach: eachService('launch-attach.json', (name) => ({ port: serviceOf(name).inspectPort })).trimEnd(),
      all: serviceNames.map((name) => `"Attach to ${name} (npm run dev)"`).join(', '),
    })}`,
  };
}

/** Returns the list of projects for `tsc -b`. The web interface is not in the list, because it has its own build. */
function projects(): string {
  const folders = ['packages', 'services'].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => `${group}/${name}`),
  );
  const references = [...folders, 'platform', 'monitoring']
    .filter((path) => path !== 'services/web' && existsSync(join(root, path, 'tsconfig.json')))
    .map((path) => `    { "path": "${path}" }`);
  return `// ${origin}\n{\n  "files": [],\n  "references": [\n${references.join(',\n')}\n  ]\n}\n`;
}

function composeMigration({ service, job, userId }: (typeof migrations)[number]): string {
  return fill('compose-migration.yaml', { name: job, service, userId, environment: yamlOf(secretSettings(job)) });
}

function composeService(name: ServiceName): string {
  const { userId, stores, calls, compose } = serviceOf(name);
  const isPublic = name === entrance;
  const urls = Object.fromEntries(calls.map((called) => [`${called.toUpperCase()}_URL`, `http://${called}:3000`]));
  // The public service trusts one proxy: nginx or HAProxy. HAProxy needs up to 3 s to notice a shutdown, so the service
  // still accepts connections for 3 s.
  const edge: Record<string, string> = isPublic ? { TRUST_PROXY: "'1'", PRE_DRAIN_DELAY_MS: "'3000'" } : {};
  const waitsFor = [
    ...migrations.filter(({ service }) => service === name).map(({ job }) => [job, 'completed_successfully']),
    ...stores.filter((store) => store === 'mongo').map((store) => [store, 'healthy']),
    ...calls.map((called) => [called, 'healthy']),
    ...stores.filter((store) => store === 'redis').map(() => ['redis-users', 'completed_successfully']),
  ].map(([other, state]) => `    ${other}: { condition: service_${state} }`);
  return fill('compose-service.yaml', {
    name,
    userId,
    environment: yamlOf({ ...compose, ...urls, ...secretSettings(name), ...edge }),
    dependencies: waitsFor.length > 0 ? `  depends_on:\n${waitsFor.join('\n')}\n` : '',
    networks: isPublic ? 'edge, app' : 'app, data',
  });
}

const yamlOf = (settings: Readonly<Record<string, string>>) =>
  Object.entries(settings)
    .map(([name, value]) => `    ${name}: ${value}`)
    .join('\n');
