/** Renders an overlay to Kubernetes objects, and sets the images and the tag of a build in these objects. */
import { parseAllDocuments } from 'yaml';
import { migrations, serviceNames } from '../../services.ts';
import { Refusal } from '../../terminal.ts';
import { kubectl, type KubeObject } from './kubectl.ts';

/** Names of the images that a release replaces: the services and the web interface. */
export const released = [...serviceNames, 'web'];
const IMAGE = new RegExp(`image: ((?:\\S*/)?mainstay[/-](${released.join('|')}))(?=[:@\\s])\\S*`, 'g');
const NAME = 'app.kubernetes.io/name';

/** The images of one commit. */
export interface Build {
  tag: string;
  /** Images (`registry/name@sha256:…`) by service. Default: the overlay's registry. Every image gets `tag`. */
  images: Record<string, string>;
}

/** Renders an overlay. @throws Refusal when kustomize fails, or when the objects are not all in one namespace */
export async function render(overlay: string, build?: Build): Promise<{ namespace: string; objects: KubeObject[] }> {
  const text = await kubectl(['kustomize', overlay]);
  const documents = parseAllDocuments(build ? withImages(text, build) : text);
  const objects = documents.map((document) => document.toJS() as KubeObject);
  if (build) for (const object of objects) setTag(object, build.tag);
  const [namespace, ...more] = new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []));
  if (namespace && more.length === 0) return { namespace, objects };
  throw new Refusal(`${overlay} must put everything into one namespace, but has ${[namespace, ...more].join(', ')}.`);
}

function withImages(text: string, { tag, images }: Build): string {
  return text.replaceAll(IMAGE, (_, name: string, service: string) => {
    const [signed = name, digest] = images[service]?.split('@') ?? [];
    return `image: ${signed}:${tag}${digest ? `@${digest}` : ''}`;
  });
}

/** Sets the version label of the pods. A migration Job gets a new name, because Kubernetes cannot change a Job. */
function setTag(object: KubeObject, tag: string): void {
  const { kind, metadata, spec } = object;
  if (isMigration(object)) metadata.name = `${metadata.labels?.[NAME]}-${tag}`;
  else if (kind !== 'Deployment' || !released.includes(metadata.name)) return;
  const { template } = spec as { template: { metadata: { labels: Record<string, string> } } };
  template.metadata.labels['app.kubernetes.io/version'] = tag;
}

export function isMigration({ kind, metadata }: KubeObject): boolean {
  return kind === 'Job' && migrations.some(({ job }) => job === metadata.labels?.[NAME]);
}
