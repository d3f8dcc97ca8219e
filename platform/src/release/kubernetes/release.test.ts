/** Everything that is decided without a cluster. With one: the zero-loss campaign. */
import { describe, expect, it } from '@jest/globals';
import { refuseArgo, verifyPods } from './deployments.ts';
import type { Kubectl, KubeObject } from './kubectl.ts';
import { imageAt, isMigration, withBuild } from './render.ts';

const build = { tag: 'V2_x', images: {} };

describe('the images of a release', () => {
  it('have the tag, whatever their registry, and other images stay', () => {
    expect(imageAt('registry.example:5000/mainstay/gateway:v1', build)).toBe(
      'registry.example:5000/mainstay/gateway:V2_x',
    );
    expect(imageAt('mainstay-web', build)).toBe('mainstay-web:V2_x');
    expect(imageAt('mainstay/accounts@sha256:0a1b', build)).toBe('mainstay/accounts:V2_x');
    expect(imageAt('redis:7', build)).toBe('redis:7');
  });

  it('are those of the release, by digest, whatever registry the overlay names', () => {
    const images = { gateway: 'registry.example/signed/gateway@sha256:0c' };
    expect(imageAt('registry.example/mainstay/gateway', { tag: '1.2.3', images })).toBe(
      'registry.example/signed/gateway:1.2.3@sha256:0c',
    );
  });

  it('have a migration with a unique name, because a Job cannot be changed', () => {
    const job = withBuild(workload('Job', 'migrate', 'mainstay/accounts:v1'), build);
    expect(job.metadata.name).toBe('migrate-v2-x');
    expect(isMigration(job)).toBe(true);
    const long = withBuild(workload('Job', 'migrate', 'mainstay/accounts:v1'), { ...build, tag: `v${'1'.repeat(80)}` });
    expect(long.metadata.name.length).toBeLessThan(64);
  });

  it('are named by the version label of the pods', () => {
    const { spec } = withBuild(workload('Deployment', 'gateway', 'mainstay/gateway:v1'), build);
    expect(spec).toMatchObject({ template: { metadata: { labels: { 'app.kubernetes.io/version': 'V2_x' } } } });
  });
});

describe('a release', () => {
  it('is refused while Argo Rollouts owns the pods in the cluster or in the overlay', async () => {
    const rollout = workload('Rollout', 'gateway', 'mainstay/gateway:v1');
    await expect(refuseArgo(cluster({ rollouts: [rollout] }), [])).rejects.toThrow(
      /Argo Rollouts owns the pods of gateway/,
    );
    await expect(refuseArgo(cluster({}), [rollout])).rejects.toThrow(/Argo Rollouts owns/);
    await expect(refuseArgo(cluster({}), [])).resolves.toBeUndefined();
  });

  it('is complete when every pod behind a Service runs it, whichever controller made the pod', async () => {
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

function workload(kind: string, name: string, image: string): KubeObject {
  const metadata = { labels: { 'app.kubernetes.io/version': 'v1' } };
  return {
    apiVersion: 'v1',
    kind,
    metadata: { name },
    spec: { template: { metadata, spec: { containers: [{ image }] } } },
  };
}

function pod(name: string, image: string): KubeObject {
  const status = { conditions: [{ type: 'Ready', status: 'True' }] };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers: [{ image }] }, status };
}

function cluster({ rollouts = [], pods = [] }: { rollouts?: KubeObject[]; pods?: KubeObject[] }): Kubectl {
  return {
    call: () => Promise.resolve('rollouts.argoproj.io\n'),
    find: () => Promise.resolve({ spec: { selector: { 'app.kubernetes.io/name': 'gateway' } } }),
    list: (kind: string) => Promise.resolve(kind === 'pods' ? pods : rollouts),
  } as unknown as Kubectl;
}
