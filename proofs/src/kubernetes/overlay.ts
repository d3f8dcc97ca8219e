import { realpathSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { root } from '@mainstay/platform/root';

interface Overlay {
  namespace: string;
  /** Settings of the gateway. */
  environment: Record<string, string>;
  /** URL of a MongoDB without log-in. */
  mongoUrl?: string | undefined;
  /** Folders of kustomize components. */
  components?: string[];
  patches?: object[];
}

/** Makes the folder `place`, and writes an overlay into it that extends overlays/local. Returns the folder. */
export async function makeOverlay(
  place: string,
  { namespace, environment, mongoUrl, components = [], patches = [] }: Overlay,
): Promise<string> {
  await mkdir(place, { recursive: true });
  const from = realpathSync(place);
  const link = (path: string) => relative(from, realpathSync(path));
  const merge = (name: string, literals: string[]) => ({ name, behavior: 'merge', literals });
  const settings = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    namespace,
    resources: [link(join(root, 'k8s/overlays/local'))],
    components: components.map(link),
    patches,
    configMapGenerator: [
      merge('gateway-settings', settings),
      ...(mongoUrl ? [merge('activity-settings', [`ACTIVITY_MONGO_URL=${mongoUrl}`])] : []),
    ],
  };
  await writeFile(join(place, 'kustomization.yaml'), JSON.stringify(kustomization, null, 2));
  return place;
}

/** Returns patches for a small machine: a fixed gateway port and fixed numbers of pods. */
export function fixedPods(nodePort: number, gateways: number, others: number): object[] {
  const patch = (kind: string, name: string, values: Record<string, unknown>) => ({
    target: { kind, name },
    patch: JSON.stringify(Object.entries(values).map(([path, value]) => ({ op: 'add', path, value }))),
  });
  const podsOf = (count: number) => ({ '/spec/minReplicas': count, '/spec/maxReplicas': count });
  return [
    patch('Service', 'gateway', { '/spec/ports/0/nodePort': nodePort }),
    patch('HorizontalPodAutoscaler', '(accounts|activity|web)', podsOf(others)),
    patch('HorizontalPodAutoscaler', 'gateway', podsOf(gateways)),
    patch('Deployment', '(gateway|accounts|activity|web)', {
      '/spec/template/spec/containers/0/resources/requests/cpu': '20m',
    }),
  ];
}
