import { mkdir, mkdtemp, readFile, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { outputOf } from '../../processes/programs.ts';
import { kubectl, type KubeObject } from '../../release/kubernetes/kubectl.ts';
import { root } from '../../root.ts';
import { loadRules } from './rules.ts';

const k8s = join(root, 'k8s');
/** The oldest minor version of kubectl whose kustomize supports the components and replacements of these manifests. */
const MINOR_MIN = 27;

export interface Target {
  /** For example `overlays/local` or `components/vault`. */
  name: string;
  /** A component is rendered on the base alone. */
  isComponent: boolean;
}

/** Returns a sentence that says why this machine cannot render manifests. Returns undefined if it can. */
export async function kubectlProblem(): Promise<string | undefined> {
  const version = await outputOf('kubectl', 'version', '--client', '--output=json');
  const minor = Number(/"minor": "(\d+)/.exec(version ?? '')?.[1] ?? 0);
  return minor >= MINOR_MIN ? undefined : `To render manifests, install kubectl 1.${MINOR_MIN} or newer.`;
}

/**
 * Renders and checks every overlay and component, and prints a line for each. The services must be built.
 * @param to a folder. If it is given, a file for each overlay and component is written there, for other tools
 */
export async function checkManifests(to?: string): Promise<number> {
  const breachesOf = await loadRules();
  let hasFailed = false;
  if (to !== undefined) await mkdir(to, { recursive: true });
  for (const target of await findTargets()) {
    const { text, objects } = await renderTarget(target);
    if (to !== undefined) await writeFile(join(to, `${target.name.replaceAll('/', '-')}.yaml`), text);
    const breaches = breachesOf(objects);
    console.log(`${breaches.length === 0 ? 'ok  ' : 'FAIL'}  ${target.name} (${objects.length} objects)`);
    for (const breach of breaches) console.log(`      ${breach}`);
    hasFailed ||= breaches.length > 0;
  }
  return hasFailed ? 1 : 0;
}

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

/** Returns the objects that `kubectl apply -k` would send. @throws Refusal with the error message of kustomize */
export async function renderTarget({ name, isComponent }: Target): Promise<{ text: string; objects: KubeObject[] }> {
  const folder = join(k8s, name);
  const text = isComponent ? await renderOnBase(folder) : await kubectl(['kustomize', folder]);
  // Kubernetes reads YAML 1.1.
  const documents = parseAllDocuments(text, { version: '1.1' });
  for (const { errors } of documents) if (errors[0]) throw errors[0];
  return { text, objects: documents.map((document) => document.toJS() as KubeObject) };
}

/** Renders a component on the base. The paths are relative, because kustomize rejects absolute paths. */
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
