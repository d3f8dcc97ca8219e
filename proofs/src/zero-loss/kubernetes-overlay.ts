import { mkdir, writeFile } from 'node:fs/promises';
import { realpathSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from '@mainstay/platform/root';

/** So many pods of each service, whatever the load: what is looked for is lost requests, not scaling. */
const PODS = 2;

interface OverlayOptions {
  /** whose overlay it is */
  repository?: string;
  namespace: string;
  /** of the gateway */
  nodePort: number;
  /** of the gateway */
  environment: Record<string, string>;
  /** where MongoDB knows no log-in */
  mongoUrl?: string;
  /** pods of the gateway */
  gateways?: number;
  /** folders */
  components?: string[];
  patches?: object[];
  images?: { name: string; newTag: string }[];
}

/**
 * overlays/local, with a namespace, ports and limits of its own.
 * @param place a folder to make
 * @returns the folder
 */
export async function makeOverlay(
  place: string,
  {
    repository = root,
    namespace,
    nodePort,
    environment,
    mongoUrl,
    gateways = PODS,
    components = [],
    patches = [],
    images = [],
  }: OverlayOptions,
): Promise<string> {
  await mkdir(place, { recursive: true });
  const from = realpathSync(place);
  const link = (path: string) => relative(from, realpathSync(path));
  const patch = (kind: string, name: string, values: [string, unknown][]) => ({
    target: { kind, name },
    patch: JSON.stringify(values.map(([path, value]) => ({ op: 'add', path, value }))),
  });
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    namespace,
    resources: [link(join(repository, 'k8s/overlays/local'))],
    components: components.map(link),
    images,
    patches: [
      patch('Service', 'gateway', [['/spec/ports/0/nodePort', nodePort]]),
      ...['accounts', 'activity', 'web'].map((name) => patch('HorizontalPodAutoscaler', name, podsOf(PODS))),
      patch('HorizontalPodAutoscaler', 'gateway', podsOf(gateways)),
      // A small machine holds two of everything, beside what else it runs.
      patch('Deployment', '(gateway|accounts|activity|web)', [
        ['/spec/template/spec/containers/0/resources/requests/cpu', '20m'],
      ]),
      ...patches,
    ],
    configMapGenerator: [
      { name: 'gateway-settings', behavior: 'merge', literals: literalsOf(environment) },
      ...(mongoUrl
        ? [{ name: 'activity-settings', behavior: 'merge', literals: [`ACTIVITY_MONGO_URL=${mongoUrl}`] }]
        : []),
    ],
  };
  await writeFile(join(place, 'kustomization.yaml'), JSON.stringify(kustomization, null, 2));
  return place;
}

function podsOf(count: number): [string, unknown][] {
  return [
    ['/spec/minReplicas', count],
    ['/spec/maxReplicas', count],
  ];
}

function literalsOf(environment: Record<string, string>) {
  return Object.entries(environment).map(([name, value]) => `${name}=${value}`);
}
