// @ts-check
/** What is decided without a cluster. With one: bench/zero-loss.mjs --against kubernetes. */
import { describe, expect, it } from '@jest/globals';
import { standingOf } from './argo-canary.mjs';
import { canaryOf, canaryPods } from './canary.mjs';
import { hasSwitched, idleTrack, scalersOn, setOn } from './colours.mjs';
import { deploymentOf } from './deployments.mjs';
import { holderOf } from './lease.mjs';
import { migrationName, planOf, withBuild } from './objects.mjs';
import { readObjects } from './render.mjs';
import { wayBack } from './rolling.mjs';
import { imageBuild } from './sets.mjs';

describe('planOf', () => {
  const plan = planOf(platform(), { tag: 'V2_x', deadlineS: 60 });

  it('puts every image of the platform at the tag, whatever its registry, and no other', () => {
    const images = plan.workloads.map(({ spec }) => spec.template.spec.containers[0].image);
    expect(images).toContain('registry.example:5000/mainstay/gateway:V2_x');
    expect(plan.foundation.find(({ kind }) => kind === 'StatefulSet')?.spec.template.spec.containers[0].image).toBe(
      'redis:7',
    );
    expect(withBuild(job('mainstay/accounts@sha256:0a1b'), { tag: 'v2' }).spec.template.spec.containers[0].image).toBe(
      'mainstay/accounts:v2',
    );
  });

  it('pins them to the digests of a release, which is what is pulled', () => {
    const digests = { accounts: 'sha256:0a', activity: 'sha256:0b', gateway: 'sha256:0c', web: 'sha256:0d' };
    const gateway = named(planOf(platform(), { tag: '1.2.3', digests, deadlineS: 60 }).workloads, 'gateway');
    const { image } = gateway.spec.template.spec.containers[0];
    expect(image).toBe('registry.example:5000/mainstay/gateway:1.2.3@sha256:0c');
    expect(imageBuild(image)).toEqual({ tag: '1.2.3', digest: 'sha256:0c' });
    expect(imageBuild('registry.example:5000/mainstay/gateway:v1')).toEqual({ tag: 'v1', digest: undefined });
  });

  it('has the migration apart, under a name that Kubernetes takes', () => {
    expect(plan.migrations.map(({ metadata }) => metadata.name)).toEqual(['migrate-v2-x']);
    expect(migrationName(`v${'1'.repeat(80)}`)).toHaveLength(63);
  });

  it('has pods become ready in time', () => {
    const gateway = named(plan.workloads, 'gateway');
    expect(gateway.spec.progressDeadlineSeconds).toBe(60);
  });

  it('refuses an overlay that lacks a service', () => {
    const without = platform().filter(({ metadata }) => metadata.name !== 'web');
    expect(() => planOf(without, { tag: 'v2', deadlineS: 60 })).toThrow(/no workload "web"/);
  });
});

describe('a colour', () => {
  const plan = planOf(platform(), { tag: 'v2', deadlineS: 60 });
  const set = setOn(plan, 'blue');

  it('calls the services of its own colour', () => {
    const container = named(set, 'gateway-blue', 'Deployment').spec.template.spec.containers[0];
    expect(container.env).toEqual([{ name: 'ACCOUNTS_URL', value: 'http://accounts-blue:3000' }]);
  });

  it('is reached by Services of its own, inside the cluster', () => {
    const { spec } = named(set, 'gateway-blue', 'Service');
    expect(spec.selector).toEqual({ 'app.kubernetes.io/name': 'gateway', track: 'blue' });
    expect(spec).not.toHaveProperty('type');
    expect(spec.ports[0]).not.toHaveProperty('nodePort');
    expect(named(set, 'accounts-blue', 'Service').spec.clusterIP).toBe('None');
  });

  it('has selectors that no other colour meets', () => {
    const { spec } = named(set, 'web-blue', 'Deployment');
    expect(spec.selector.matchLabels.track).toBe('blue');
    expect(spec.template.metadata.labels.track).toBe('blue');
    expect(named(scalersOn(plan, 'blue'), 'gateway-blue').spec.scaleTargetRef.name).toBe('gateway-blue');
  });

  it('goes where nobody is led', () => {
    expect(idleTrack('stable', false)).toBe('blue');
    expect(idleTrack('blue', false)).toBe('green');
    expect(idleTrack('green', false)).toBe('blue');
    expect(idleTrack('green', true)).toBe('stable');
    expect(() => idleTrack('stable', true)).toThrow(/serve already/);
  });

  it('is finished rather than prepared again after a kill that came during the switch', () => {
    const journal = { strategy: /** @type {const} */ ('blue-green'), phase: 'switching', tag: 'v2', changedAt: '' };
    expect(hasSwitched(journal, 'v2')).toBe(true);
    expect(hasSwitched(journal, 'v3')).toBe(false);
    expect(hasSwitched({ ...journal, phase: 'verified' }, 'v2')).toBe(false);
  });
});

describe('a canary', () => {
  it('is as many pods as come nearest to the share, and at least one', () => {
    expect([canaryPods(2, 25), canaryPods(3, 25), canaryPods(9, 25), canaryPods(2, 5), canaryPods(4, 50)]).toEqual([
      1, 1, 3, 1, 4,
    ]);
  });

  it('is met by the Services as they are, and by its own Deployment alone', () => {
    const { spec, metadata } = named(canaryOf(planOf(platform(), { tag: 'v2', deadlineS: 60 })), 'accounts-canary');
    expect(metadata.labels?.track).toBe('canary');
    expect(spec.selector.matchLabels).toEqual({ 'app.kubernetes.io/name': 'accounts', track: 'canary' });
    expect(spec.template.metadata.labels).toMatchObject({ 'app.kubernetes.io/name': 'accounts', track: 'canary' });
  });
});

describe('a canary by Argo', () => {
  const deployment = generation(object('Deployment', 'gateway', {}), 7);
  const rollout = generation(object('Rollout', 'gateway', { strategy: { canary: { steps: [{}, {}, {}] } } }), 2);
  /** @param {object} status */
  const standing = (status) => {
    const seen = { observedGeneration: '2', workloadObservedGeneration: '7', ...status };
    return standingOf({ ...rollout, status: seen }, deployment, 'gateway').state;
  };

  it('is done when its pods are the stable ones, and Argo has seen what was asked', () => {
    const healthy = { phase: 'Healthy', currentPodHash: 'new', stableRS: 'new' };
    expect(standing(healthy)).toBe('healthy');
    expect(standing({ ...healthy, workloadObservedGeneration: '6' })).toBe('under way');
    expect(standing({ ...healthy, stableRS: 'old' })).toBe('under way');
  });

  it('is over when Argo has aborted it', () => {
    expect(standing({ phase: 'Degraded', abort: true })).toBe('aborted');
    expect(standing({ phase: 'Progressing', currentStepIndex: 1 })).toBe('under way');
  });
});

describe('after a kill', () => {
  it('a rolling update goes back to what served before the one that was killed', () => {
    const journal = {
      strategy: /** @type {const} */ ('rolling'),
      phase: 'rolling',
      tag: 'v2',
      changedAt: '',
      revisions: { gateway: 'gateway-good' },
    };
    expect(wayBack(journal, { gateway: 'gateway-half', web: 'web-1' })).toEqual({
      gateway: 'gateway-good',
      web: 'web-1',
    });
    expect(wayBack({ ...journal, phase: 'done' }, { gateway: 'gateway-now' })).toEqual({ gateway: 'gateway-now' });
  });

  it('the lease is free when its holder has been silent for its whole time', () => {
    const lease = object('Lease', 'mainstay-rollout', {
      holderIdentity: 'somebody',
      leaseDurationSeconds: 30,
      renewTime: new Date(1_000).toISOString(),
    });
    expect(holderOf(lease, 30_999)).toEqual({ name: 'somebody', silentS: 29 });
    expect(holderOf(lease, 31_000)).toBeUndefined();
  });

  it("a pod's Deployment is told by its ReplicaSet", () => {
    const pod = object('Pod', 'gateway-blue-5d8f9c-abcde', {});
    pod.metadata['ownerReferences'] = [{ kind: 'ReplicaSet', name: 'gateway-blue-5d8f9c' }];
    expect(deploymentOf(pod)).toBe('gateway-blue');
  });
});

/** An overlay in small. */
function platform() {
  const names = ['gateway', 'accounts', 'activity', 'web'];
  return [
    ...readObjects(
      'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { ACCOUNTS_URL: "http://accounts:3000", LOG_LEVEL: info }\n---\n',
    ),
    object('StatefulSet', 'redis', { template: { spec: { containers: [{ image: 'redis:7' }] } } }),
    job('mainstay/accounts:dev'),
    ...names.flatMap((name) => {
      const labels = { 'app.kubernetes.io/name': name };
      const isDoor = name === 'gateway' || name === 'web';
      const container = {
        name,
        image: `registry.example:5000/mainstay/${name}:dev`,
        ...(name === 'gateway' && { envFrom: [{ configMapRef: { name: 'settings' } }] }),
      };
      return [
        object('Deployment', name, {
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [container] } },
        }),
        object('Service', name, {
          selector: labels,
          ports: [{ port: 3000, ...(isDoor && { nodePort: 30_080 }) }],
          ...(isDoor ? { type: 'NodePort' } : { clusterIP: 'None' }),
        }),
        object('HorizontalPodAutoscaler', name, {
          scaleTargetRef: { kind: 'Deployment', name },
          minReplicas: 2,
          maxReplicas: 8,
        }),
      ];
    }),
  ];
}

/** @param {string} image */
function job(image) {
  return object('Job', 'migrate-dev', { template: { metadata: {}, spec: { containers: [{ image }] } } });
}

/** @param {string} kind @param {string} name @param {object} spec @returns {import('./kubectl.mjs').KubeObject} */
function object(kind, name, spec) {
  return { apiVersion: 'v1', kind, metadata: { name }, spec };
}

/** @param {import('./kubectl.mjs').KubeObject} of @param {number} number */
function generation(of, number) {
  return { ...of, metadata: { ...of.metadata, generation: number } };
}

/** @param {import('./kubectl.mjs').KubeObject[]} objects @param {string} name @param {string} [kind] */
function named(objects, name, kind) {
  const found = objects.find((one) => one.metadata.name === name && (!kind || one.kind === kind));
  if (!found) throw new Error(`no ${name}`);
  return found;
}
