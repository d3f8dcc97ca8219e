/** Renders an overlay to objects. kustomize sets the images and the tag of a release. */
import { realpathSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { migrations, serviceNames } from '../../services.ts';
import { Refusal } from '../../terminal.ts';
import { kubectl, type KubectlError, type KubeObject } from './kubectl.ts';

/** Names of the images that a release has: the services and the web interface. */
export const released = [...serviceNames, 'web'];
const jobs = migrations.map(({ job }) => job);
const IMAGE = new RegExp(`image: ((?:\\S*/)?mainstay[/-](${released.join('|')}))(?=[:@\\s])`, 'g');

/** Images of one commit. */
export interface Build {
  tag: string;
  /**
   * The signed images by service, as `registry/name@sha256:…`. They replace the registry of the overlay. For a service
   * without an entry, only the tag changes.
   */
  images: Record<string, string>;
}

/**
 * Renders an overlay.
 * @param build replaces the images of the overlay
 * @param namespace replaces the namespace of the overlay
 * @throws Refusal when kustomize fails, or when the objects are in several namespaces
 */
export async function render(
  overlay: string,
  build?: Build,
  namespace?: string,
): Promise<{ namespace: string; objects: KubeObject[] }> {
  const text = await kustomize(overlay);
  const place = await mkdtemp(join(realpathSync(tmpdir()), 'mainstay-release-'));
  try {
    const kustomization = {
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      resources: [relative(place, realpathSync(overlay))],
      ...(namespace && { namespace }),
      ...(build && withBuild(text, build)),
    };
    await writeFile(join(place, 'kustomization.yaml'), JSON.stringify(kustomization));
    const objects = parseAllDocuments(await kustomize(place)).map((document) => document.toJS() as KubeObject);
    const [name, ...more] = new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []));
    if (name && more.length === 0) return { namespace: name, objects };
    throw new Refusal(`${overlay} must put everything into one namespace, but has ${[name, ...more].join(', ')}.`);
  } finally {
    await rm(place, { recursive: true });
  }
}

/** Returns fields for kustomize: the images, the version label of the pods, and new names of the migration Jobs, because Kubernetes cannot change a Job. */
function withBuild(text: string, { tag, images }: Build) {
  const names = new Map([...text.matchAll(IMAGE)].map(([, name = '', service = '']) => [name, service]));
  const replace = (path: string, value: string) => JSON.stringify([{ op: 'replace', path, value }]);
  const version = replace('/spec/template/metadata/labels/app.kubernetes.io~1version', tag);
  return {
    images: [...names].map(([name, service]) => {
      const [newName = name, digest] = images[service]?.split('@') ?? [];
      return { name, newName, newTag: tag, ...(digest && { digest }) };
    }),
    patches: [
      { target: { kind: 'Deployment', name: released.join('|') }, patch: version },
      ...jobs.flatMap((job) => {
        const target = { kind: 'Job', name: `${job}(-.*)?` };
        const rename = { patch: replace('/metadata/name', `${job}-${tag}`), options: { allowNameChange: true } };
        return [
          { target, patch: version },
          { target, ...rename },
        ];
      }),
    ],
  };
}

function kustomize(folder: string): Promise<string> {
  return kubectl(['kustomize', folder]).catch((error: KubectlError) => {
    throw new Refusal(`${error.message}\n\n${folder} cannot be rendered.`);
  });
}

/** Whether the object is a Job that migrates a database schema. */
export function isMigration({ kind, metadata }: KubeObject): boolean {
  return kind === 'Job' && jobs.some((job) => metadata.name === job || metadata.name.startsWith(`${job}-`));
}
