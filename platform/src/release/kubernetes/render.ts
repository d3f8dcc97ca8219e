/** An overlay as objects. kustomize sets the images and the tag. */
import { realpathSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { migrations, serviceNames } from '../../services.ts';
import { Refusal } from '../../terminal.ts';
import { kubectl, type KubectlError, type KubeObject } from './kubectl.ts';

/** The images that a release's tag names: the services, and the web interface. */
export const released = [...serviceNames, 'web'];
const jobs = migrations.map(({ job }) => job);
const IMAGE = new RegExp(`image: ((?:\\S*/)?mainstay[/-](${released.join('|')}))(?=[:@\\s])`, 'g');

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
 * Renders an overlay.
 * @param build instead of the overlay's own images
 * @param namespace instead of the overlay's own
 * @throws Refusal with kustomize's own words, or when the objects are not all in one namespace
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

/** The images, the pods' version label, and the names of the migrations, because a Job cannot be changed. */
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

/** Whether it is a Job that migrates a schema. */
export function isMigration({ kind, metadata }: KubeObject): boolean {
  return kind === 'Job' && jobs.some((job) => metadata.name === job || metadata.name.startsWith(`${job}-`));
}
