/** Every overlay and every component of k8s/, rendered. */
import { mkdtemp, readFile, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { outputOf } from '../../processes/programs.ts';
import { kubectl, type KubeObject } from '../../release/kubernetes/kubectl.ts';
import { root } from '../../root.ts';

const k8s = join(root, 'k8s');
/** The first kubectl whose kustomize supports the components and replacements that are used here. */
const MINOR_MIN = 27;

/** What can be rendered. */
export interface Target {
  /** As `overlays/local` or `components/vault`. */
  name: string;
  /** A component is rendered on the base and nothing else. */
  isComponent: boolean;
}

/** Why manifests cannot be rendered on this machine, in one sentence; undefined if they can be rendered. */
export async function kubectlProblem(): Promise<string | undefined> {
  const version = await outputOf('kubectl', 'version', '--client', '--output=json');
  const minor = Number(/"minor": "(\d+)/.exec(version ?? '')?.[1] ?? 0);
  return minor >= MINOR_MIN ? undefined : `To render manifests, install kubectl 1.${MINOR_MIN} or newer.`;
}

/** Finds them by their kustomization.yaml. */
export async function findTargets(): Promise<Target[]> {
  const files = (await readdir(k8s, { recursive: true })).filter((file) => file.endsWith('kustomization.yaml'));
  const targets = await Promise.all(
    files.map(async (file) => ({
      name: dirname(file),
      isComponent: /^kind: Component$/m.test(await readFile(join(k8s, file), 'utf8')),
    })),
  );
  return targets
    .filter(({ name, isComponent }) => isComponent || name.startsWith('overlays/'))
    .toSorted((one, other) => one.name.localeCompare(other.name));
}

/**
 * What `kubectl apply -k` would send.
 * @throws KubectlError with kustomize's words
 */
export async function renderTarget({ name, isComponent }: Target): Promise<{ text: string; objects: KubeObject[] }> {
  const folder = join(k8s, name);
  const text = isComponent ? await renderOnBase(folder) : await kubectl(['kustomize', folder]);
  // As Kubernetes reads it, which is YAML 1.1.
  const documents = parseAllDocuments(text, { version: '1.1' });
  for (const { errors } of documents) if (errors[0]) throw errors[0];
  return { text, objects: documents.map((document) => document.toJS() as KubeObject) };
}

/** kustomize accepts no absolute path. */
async function renderOnBase(component: string): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'mainstay-manifests-')));
  try {
    const kustomization = {
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      namespace: 'mainstay',
      resources: [relative(folder, join(k8s, 'base'))],
      components: [relative(folder, component)],
    };
    await writeFile(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization));
    return await kubectl(['kustomize', folder]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
