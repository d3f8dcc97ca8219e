import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { outputOf } from '../../processes/programs.ts';
import { kubectl, type KubeObject } from '../../release/kubernetes/kubectl.ts';
import { root } from '../../root.ts';
import { loadRules } from './rules.ts';

const k8s = join(root, 'k8s');
/** Older versions of kubectl cannot render the components and replacements of these manifests. */
const MINOR_MIN = 27;

export async function kubectlProblem(): Promise<string | undefined> {
  const version = await outputOf('kubectl', 'version', '--client', '--output=json');
  const minor = Number(/"minor": "(\d+)/.exec(version ?? '')?.[1] ?? 0);
  return minor >= MINOR_MIN ? undefined : `To render manifests, install kubectl 1.${MINOR_MIN} or newer.`;
}

/** Renders and checks every overlay and component. Writes the rendered YAML to the folder `to`. The services must be built. */
export async function checkManifests(to?: string): Promise<number> {
  const breachesOf = await loadRules();
  let hasFailed = false;
  if (to !== undefined) await mkdir(to, { recursive: true });
  for (const target of await findTargets()) {
    const { text, objects } = await render(target);
    if (to !== undefined) await writeFile(join(to, `${target.replaceAll('/', '-')}.yaml`), text);
    const breaches = breachesOf(objects);
    console.log(`${breaches.length === 0 ? 'ok  ' : 'FAIL'}  ${target} (${objects.length} objects)`);
    for (const breach of breaches) console.log(`      ${breach}`);
    hasFailed ||= breaches.length > 0;
  }
  return hasFailed ? 1 : 0;
}

export async function findTargets(): Promise<string[]> {
  const files = await readdir(k8s, { recursive: true });
  return files
    .filter((file) => /^(overlays|components)\/.*\/kustomization\.yaml$/.test(file))
    .map(dirname)
    .sort();
}

/** Returns the objects that `kubectl apply -k` would send. @throws Refusal with the error message of kustomize */
async function render(target: string): Promise<{ text: string; objects: KubeObject[] }> {
  const folder = join(k8s, target);
  const text = target.startsWith('components/') ? await renderOnBase(folder) : await kubectl(['kustomize', folder]);
  // Kubernetes reads YAML 1.1.
  const documents = parseAllDocuments(text, { version: '1.1' });
  for (const { errors } of documents) if (errors[0]) throw errors[0];
  return { text, objects: documents.map((document) => document.toJS() as KubeObject) };
}

/** Renders the base with one component. The paths are relative, because kustomize rejects absolute paths. */
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
