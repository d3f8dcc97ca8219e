/** Tests the decisions that need no cluster. The zero-loss campaign tests releases on a cluster. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { kubectlProblem } from '../../check/manifests/check-manifests.ts';
import { root } from '../../root.ts';
import { askArgo, untilPromoted } from './argo.ts';
import { enterArgo, leaveArgo } from './change-owner.ts';
import { describeTrouble, verifyPods } from './deployments.ts';
import { imageOf, type Kubectl, type KubeObject } from './kubectl.ts';
import { isMigration, released, render } from './render.ts';

const itWithKubectl = (await kubectlProblem()) ? it.skip : it;
const overlay = (name: string) => join(root, 'k8s/overlays', name);
const VERSION = 'app.kubernetes.io/version';

describe('render', () => {
  itWithKubectl('gives the images of a release its tag, and does not change other images', async () => {
    const { namespace, objects } = await render(overlay('local'), { tag: 'main-0a1b', images: {} });
    expect(namespace).toBe('mainstay');
    for (const name of released) {
      const deployment = find(objects, 'Deployment', name)!;
      expect(imageOf(deployment)).toBe(`mainstay/${name}:main-0a1b`);
      expect(deployment.spec.template.metadata.labels[VERSION]).toBe('main-0a1b');
    }
    expect(imageOf(find(objects, 'StatefulSet', 'redis')!)).toMatch(/^redis:\d/);
    expect(find(objects, 'Deployment', 'prometheus')!.spec.template.metadata.labels).not.toHaveProperty(VERSION);
  });

  itWithKubectl('uses the digests and the registry of the release, and not the registry of the overlay', async () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const images = { gateway: `registry.example:5000/signed/gateway@${digest}` };
    const { objects } = await render(overlay('production'), { tag: '1.2.3', images });
    expect(imageOf(find(objects, 'Deployment', 'gateway')!)).toBe(
      `registry.example:5000/signed/gateway:1.2.3@${digest}`,
    );
    expect(imageOf(find(objects, 'Deployment', 'web')!)).toMatch(/\/web:1\.2\.3$/);
  });

  itWithKubectl('gives the migration Job a new name, because Kubernetes cannot change a Job', async () => {
    const { objects } = await render(overlay('production'), { tag: 'main-0a1b', images: {} });
    expect(objects.filter(isMigration).map(({ metadata }) => metadata.name)).toContain('migrate-main-0a1b');
  });
});

describe('a release', () => {
  const rollout = { ...workload('Rollout', 'gateway', ''), status: { phase: 'Healthy' } };

  it('is refused while Argo Rollouts owns the pods and the overlay has no Rollouts', async () => {
    await expect(askArgo(cluster({ rollouts: [rollout] }), [])).rejects.toThrow(
      /Argo Rollouts owns the pods of gateway.*add its component.*--leave-argo/,
    );
    await expect(askArgo(cluster({}), [])).resolves.toEqual([]);
  });

  it('is refused while Deployments own the pods and the overlay gives them to Argo Rollouts', async () => {
    await expect(askArgo(cluster({}), [rollout])).rejects.toThrow(/--enter-argo/);
    await expect(askArgo(cluster({ rollouts: [rollout] }), [rollout])).resolves.toEqual(['gateway']);
  });

  it('is refused while Argo has not completed the last release', async () => {
    const busy = { ...rollout, status: { phase: 'Degraded', message: 'RolloutAborted' } };
    await expect(askArgo(cluster({ rollouts: [busy] }), [rollout])).rejects.toThrow(/not ended: gateway: Degraded/);
  });

  it.each([
    [25, '200'],
    [5, '1000'],
  ])(
    'is refused when Argo cannot judge the pods, and requires enough requests for a canary that gets %s %%',
    async (setWeight, least) => {
      const template = workload('AnalysisTemplate', 'canary', '');
      template.spec = {
        args: [{ name: 'namespace' }, { name: 'least', value: '50' }, { name: 'canary' }, { name: 'stable' }],
        metrics: [{ name: 'errors', initialDelay: '90s', provider: { prometheus: {} } }],
      };
      const serving = {
        ...rollout,
        spec: { strategy: { canary: { steps: [{ setWeight }] } } },
        status: { phase: 'Healthy', stableRS: 'abc' },
      };
      const runs: KubeObject[] = [];
      const kubectl = {
        ...cluster({ rollouts: [serving], runs }),
        namespace: 'mainstay',
        apply: (objects: KubeObject[]) => {
          const metricResults = [{ name: 'errors', phase: 'Failed', measurements: [{ value: '[]' }] }];
          for (const run of objects) runs.push({ ...run, status: { phase: 'Failed', metricResults } });
          return Promise.resolve();
        },
        remove: () => Promise.resolve(),
      };
      await expect(askArgo(kubectl, [serving, template])).rejects.toThrow(
        /could not judge[^]*gateway[^]*errors: too few requests/,
      );
      expect(runs[0]?.spec.args).toEqual([
        { name: 'namespace', value: 'mainstay' },
        { name: 'least', value: least },
        { name: 'canary', value: 'abc' },
        { name: 'stable', value: 'abc' },
      ]);
    },
  );

  it('reports the figures that made Argo abort, or that Argo had no figures', async () => {
    const status = { phase: 'Degraded', abort: true, workloadObservedGeneration: '1', currentPodHash: 'abc' };
    const aborted = (value: string) => {
      const metricResults = [{ name: 'errors', phase: 'Failed', measurements: [{ value }] }];
      const run = { ...workload('AnalysisRun', 'gateway-abc-2-1', ''), status: { phase: 'Failed', metricResults } };
      const deployments = [{ ...rollout, metadata: { name: 'gateway', generation: 1 } }];
      return untilPromoted(cluster({ rollouts: [{ ...rollout, status }], deployments, runs: [run] }), ['gateway']);
    };
    await expect(aborted('[0.31]')).rejects.toThrow(/gateway: Degraded.*\nerrors: \[0\.31\]/);
    await expect(aborted('[]')).rejects.toThrow(/errors: too few requests/);
  });

  it('fails if a ready pod behind a Service has another image, even if another controller owns the pod', async () => {
    const images = new Map([['gateway', 'mainstay/gateway:v2']]);
    const fresh = pod('gateway-1', 'mainstay/gateway:v2');
    await expect(verifyPods(cluster({ pods: [fresh] }), images)).resolves.toBeUndefined();
    const stale = pod('gateway-argo', 'mainstay/gateway:v1');
    await expect(verifyPods(cluster({ pods: [fresh, stale] }), images)).rejects.toThrow(
      /gateway-argo serves with mainstay\/gateway:v1, not with mainstay\/gateway:v2/,
    );
    await expect(verifyPods(cluster({ pods: [] }), images)).rejects.toThrow(/gateway has no ready pod/);
  });
});

describe('the description of a pod that is not ready', () => {
  it('has each log message once, even if the service has logged it many times', async () => {
    const waits = (second: number) =>
      JSON.stringify({ time: `12:00:0${second}`, level: 'warn', message: 'waiting for PostgreSQL' });
    const logs = ['started', waits(1), waits(2), waits(3)].join('\n');
    const kubectl = {
      ...cluster({ pods: [{ ...pod('gateway-1', ''), status: {} }] }),
      call: () => Promise.resolve(logs),
    };
    expect(await describeTrouble(kubectl, '')).toBe('gateway-1: not ready\nstarted\nwarn: waiting for PostgreSQL');
  });

  it('has the newest warning about this pod, which names a missing Secret', async () => {
    const creating = [{ state: { waiting: { reason: 'ContainerCreating' } } }];
    const mounting = { ...pod('gateway-1', ''), status: { containerStatuses: creating } };
    mounting.metadata.uid = 'current';
    const event = (uid: string, type: string, second: number, message: string): KubeObject => ({
      ...workload('Event', message, ''),
      ...{ type, reason: 'FailedMount', message, involvedObject: { uid } },
      ...(second > 0 ? { lastTimestamp: `2026-01-31T00:00:0${second}Z` } : { eventTime: '2026-01-31T00:00:00.5Z' }),
    });
    const events = [
      event('current', 'Warning', 0, 'no node'),
      event('current', 'Warning', 2, 'secret "gateway-secrets" not found'),
      event('current', 'Warning', 1, 'older'),
      event('current', 'Normal', 3, 'not a warning'),
      event('former', 'Warning', 3, 'about a former pod with this name'),
    ];
    const kubectl = { ...cluster({ pods: [mounting], events }), call: () => Promise.resolve('') };
    expect((await describeTrouble(kubectl, '')).trim()).toBe(
      'gateway-1: ContainerCreating FailedMount: secret "gateway-secrets" not found',
    );
  });
});

describe('the deployer of k8s/components/deployer', () => {
  itWithKubectl('may apply every object of the overlays for a pipeline, except a Secret', async () => {
    const [role] = parseAllDocuments(await readFile(join(root, 'k8s/components/deployer/role.yaml'), 'utf8'));
    const { rules } = role!.toJS() as { rules: { apiGroups: string[]; resources: string[]; verbs: string[] }[] };
    const may = (verb: string, resource: string) =>
      rules.some(({ apiGroups, resources, verbs }) =>
        apiGroups.some((group) => resources.some((one) => `${group}/${one}` === resource) && verbs.includes(verb)),
      );
    for (const name of ['staging', 'production']) {
      const { objects } = await render(overlay(name));
      const resources = objects.filter(({ kind }) => kind !== 'Namespace').map(resourceOf);
      for (const verb of ['get', 'create', 'patch'])
        expect(resources.filter((resource) => !may(verb, resource))).toEqual([]);
    }
    expect(['get', 'list', 'create', 'patch'].filter((verb) => may(verb, '/secrets'))).toEqual([]);
  });
});

describe('entering and leaving Argo', () => {
  const rollout = { ...workload('Rollout', 'gateway', ''), status: { phase: 'Healthy' } };

  it('is refused if the overlay or the current owner of the pods does not fit', async () => {
    await expect(enterArgo(cluster({}), [], 60)).rejects.toThrow(/The overlay has no Rollouts/);
    await expect(enterArgo(cluster({ rollouts: [rollout] }), [rollout], 60)).rejects.toThrow(/owns the pods already/);
    await expect(enterArgo(cluster({}), [rollout], 60)).rejects.toThrow(/gateway has no pods/);
    await expect(leaveArgo(cluster({ rollouts: [rollout] }), [rollout], 60)).rejects.toThrow(/from the overlay/);
    await expect(leaveArgo(cluster({}), [], 60)).rejects.toThrow(/owns no pods/);
  });
});

/** Returns the group and the plural of an object's kind, such as `apps/deployments`. */
function resourceOf({ apiVersion, kind }: KubeObject): string {
  const plural = kind
    .toLowerCase()
    .replace(/([^aeiou])y$/, '$1ie')
    .replace(/ss$/, 'sse');
  return `${apiVersion.includes('/') ? apiVersion.split('/')[0] : ''}/${plural}s`;
}

function find(objects: KubeObject[], kind: string, name: string): KubeObject | undefined {
  return objects.find((one) => one.kind === kind && one.metadata.name === name);
}

function workload(kind: string, name: string, image: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind,
    metadata: { name },
    spec: { strategy: {}, template: { spec: { containers: [{ image }] } } },
  };
}

function pod(name: string, image: string): KubeObject {
  const status = { conditions: [{ type: 'Ready', status: 'True' }] };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers: [{ image }] }, status };
}

function cluster({
  rollouts = [],
  pods = [],
  deployments = [],
  runs = [],
  events = [],
}: Record<string, KubeObject[]>): Kubectl {
  const known: Record<string, KubeObject[]> = {
    ...{ 'rollouts.argoproj.io': rollouts, 'analysisruns.argoproj.io': runs },
    ...{ pods, deployments, events },
  };
  return {
    call: () => Promise.resolve('rollouts.argoproj.io\n'),
    find: () => Promise.resolve({ spec: { selector: { 'app.kubernetes.io/name': 'gateway' } } }),
    list: (kind: string) => Promise.resolve(known[kind] ?? []),
  } as unknown as Kubectl;
}
