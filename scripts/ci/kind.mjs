// @ts-check
import { join } from 'node:path';
import { Refusal } from '../../platform/src/terminal.ts';
import { imageNames, readTag } from './names.mjs';
import { readArguments, show } from './tool.mjs';

const NAME = /^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/;
/** What the HPA asks. kind has none. */
const METRICS_SERVER = 'https://github.com/kubernetes-sigs/metrics-server/releases/download/v0.9.0/components.yaml';

/**
 * Makes a cluster in Docker that has this machine's images, and makes it kubectl's current one; gives it those of another tag; or removes it. Its network policies are enforced by kind's own network.
 * @param {string[]} args
 */
export async function kind(args) {
  const { word, values } = readArguments(args, ['tag', 'name'], { words: ['up', 'load', 'down'] });
  const name = values.name ?? 'mainstay';
  if (!NAME.test(name)) throw new Refusal(`"${name}" cannot be a cluster: lower-case letters, digits and dashes.`);
  if (word === 'down') return show('kind', ['delete', 'cluster', '--name', name]);
  const tag = readTag(values.tag ?? 'dev');
  const images = imageNames.map((image) => `mainstay/${image}:${tag}`);
  const load = () =>
    show('kind', ['load', 'docker-image', '--name', name, ...images], { failure: 'The images could not be loaded' });
  if (word === 'load') return load();
  const config = join(import.meta.dirname, 'kind.yaml');
  await show('kind', ['create', 'cluster', '--name', name, '--config', config, '--wait', '180s']);
  await load();
  const context = ['--context', `kind-${name}`];
  await show('kubectl', [...context, 'apply', '--filename', METRICS_SERVER]);
  // The nodes' own certificates are signed by nobody that it knows.
  const patch = [{ op: 'add', path: '/spec/template/spec/containers/0/args/-', value: '--kubelet-insecure-tls' }];
  await show('kubectl', [
    ...context,
    ...['--namespace', 'kube-system', 'patch', 'deployment', 'metrics-server', '--type', 'json'],
    ...['--patch', JSON.stringify(patch)],
  ]);
}
