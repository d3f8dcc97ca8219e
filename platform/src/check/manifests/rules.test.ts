import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../release/kubernetes/kubectl.ts';
import type { Container, Pod } from './objects.ts';
import { breachesOf } from './rules.ts';

/** The breaches of a gateway that `spoil` has changed. */
function breaches(spoil: (pod: Pod, container: Container) => void = () => undefined): string[] {
  const container: Container = {
    name: 'gateway',
    image: 'mainstay/gateway:1',
    env: [{ name: 'REDIS_URL_FILE', value: '/run/secrets/redis-url' }],
    envFrom: [{ configMapRef: { name: 'gateway-settings-0123456789' } }],
  };
  const pod: Pod = {
    terminationGracePeriodSeconds: 60,
    containers: [container],
    volumes: [{ secret: { secretName: 'gateway-secrets' } }],
  };
  spoil(pod, container);
  const metadata = { labels: { 'app.kubernetes.io/name': 'gateway' } };
  const deployment = { ...object('Deployment', 'gateway'), spec: { template: { metadata, spec: pod } } };
  const config = { preDrainDelayMs: 5_000, drainWindowMs: 25_000, closeTimeoutMs: 5_000 };
  return breachesOf([deployment], {
    edgeSettings: [],
    secretFiles: { gateway: ['redis-url'] },
    readSettings: () => ({ environment: {}, unknown: container.name === 'typo' ? ['GATEWAY_PROT'] : [], config }),
  });
}

function object(kind: string, name: string): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { name } };
}

describe('the rules of manifests', () => {
  it('find no breach in a correct service', () => {
    expect(breaches()).toEqual([]);
  });

  const spoilt: [string, string, Parameters<typeof breaches>[0]][] = [
    ['a setting that nothing reads', 'GATEWAY_PROT is not a setting', (_, one) => (one.name = 'typo')],
    ['too little time to drain', 'terminationGracePeriodSeconds', (pod) => (pod.terminationGracePeriodSeconds = 30)],
    [
      'the secrets of another',
      'not its own',
      (pod) => (pod.volumes = [{ secret: { secretName: 'accounts-secrets' } }]),
    ],
    [
      'a file that nothing makes',
      'its own Secret does not contain the file',
      (_, one) => (one.env = [{ name: 'A_FILE', value: '/run/secrets/a' }]),
    ],
  ];

  it.each(spoilt)('find %s', (_what, sentence, spoil) => {
    expect(breaches(spoil)).toContainEqual(expect.stringContaining(sentence));
  });
});
