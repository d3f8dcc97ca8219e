/** An overlay as objects, with all images of the platform at one build. */
import { realpathSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { migrations, serviceNames } from '../../services.ts';
import { Refusal } from '../../terminal.ts';
import { kubectl, type KubectlError, type KubeObject } from './kubectl.ts';

/** The meaning of one tag: the services, and the web interface. */
export const released = [...serviceNames, 'web'];
const IMAGE = new RegExp(`^((?:.*/)?mainstay(?:/|-)(${released.join('|')}))(?::[\\w.-]+)?(?:@sha256:[0-9a-f]+)?$`);
/** The longest name first: one may begin with another. */
const jobs = migrations.map(({ job }) => job).toSorted((one, other) => other.length - one.length);
const MIGRATION = new RegExp(`^(${jobs.join('|')})(?:-|$)`);
const VERSION = 'app.kubernetes.io/version';

/** Images of one commit. */
export interface Build {
  tag: string;
  /**
   * `registry/name@sha256:…` by service: the signed images, whatever registry the overlay names. Without them, the
   * tag alone names the images.
   */
  images: Record<string, string>;
}

/**
 * Renders an overlay with kustomize.
 * @param options namespace: instead of the overlay's own
 * @throws Refusal with kustomize's own words, or when the objects are not all in one namespace
 */
export async function render(
  overlay: string,
  build: Build,
  { namespace }: { namespace?: string | undefined } = {},
): Promise<{ namespace: string; objects: KubeObject[] }> {
  const place = namespace ? await wrap(overlay, namespace) : overlay;
  try {
    const text = await kubectl(['kustomize', place]).catch((error: KubectlError) => {
      throw new Refusal(`${error.message}\n\n${overlay} cannot be rendered.`);
    });
    const documents = parseAllDocuments(text).map((document) => document.toJS() as KubeObject | null);
    const objects = documents.filter((object) => object !== null).map((object) => withBuild(object, build));
    const [name, ...more] = new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []));
    if (!name || more.length > 0)
      throw new Refusal(`${overlay} must put everything into one namespace, but has ${[name, ...more].join(', ')}.`);
    return { namespace: name, objects };
  } finally {
    if (place !== overlay) await rm(place, { recursive: true });
  }
}

/** A kustomization on top of the overlay, so that kustomize itself changes everything that names the namespace. */
async function wrap(overlay: string, namespace: string): Promise<string> {
  const place = await mkdtemp(join(realpathSync(tmpdir()), 'mainstay-release-'));
  const resources = [relative(place, realpathSync(overlay))];
  const kustomization = { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', namespace, resources };
  await writeFile(join(place, 'kustomization.yaml'), JSON.stringify(kustomization));
  return place;
}

/** The images of the platform at this build. The migration Job gets a name with its tag, because a Job cannot be changed. */
export function withBuild(object: KubeObject, build: Build): KubeObject {
  const { spec } = structuredClone(object) as {
    spec?: { template?: { metadata?: KubeObject['metadata']; spec?: PodSpec } };
  };
  const pod = spec?.template?.spec;
  const containers = [...(pod?.containers ?? []), ...(pod?.initContainers ?? [])];
  if (!containers.some(({ image }) => IMAGE.test(image))) return object;
  for (const container of containers) container.image = imageAt(container.image, build);
  const { labels } = spec?.template?.metadata ?? {};
  if (labels?.[VERSION]) labels[VERSION] = build.tag;
  const [, job] = isMigration(object) ? (MIGRATION.exec(object.metadata.name) ?? []) : [];
  const name = job === undefined ? object.metadata.name : `${job}-${nameOf(build.tag)}`;
  return { ...object, metadata: { ...object.metadata, name }, spec };
}

interface PodSpec {
  containers?: { image: string }[];
  initContainers?: { image: string }[];
}

/** The image at a build; other images stay. */
export function imageAt(image: string, { tag, images }: Build): string {
  const [, name, service = ''] = IMAGE.exec(image) ?? [];
  if (name === undefined) return image;
  return images[service]?.replace('@', `:${tag}@`) ?? `${name}:${tag}`;
}

/** Kubernetes names have no capitals and no underscores. */
function nameOf(tag: string): string {
  const name = tag.toLowerCase().replaceAll(/[^a-z0-9.-]/g, '-');
  return name.slice(0, 50).replace(/[^a-z0-9]+$/, '');
}

/** Whether it is a Job that migrates a schema. */
export function isMigration({ kind, metadata }: KubeObject): boolean {
  return kind === 'Job' && MIGRATION.test(metadata.name);
}
