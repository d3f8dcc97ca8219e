import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../release/kubernetes/kubectl.ts';
import { loadRules } from './rules.ts';

const breachesOf = await loadRules();

/** Adds these settings to a correct gateway, and returns the breaches. */
function breaches(settings: Record<string, string> = {}, graceS = 60): string[] {
  const files = {
    REDIS_URL: 'redis-url',
    SESSION_SECRET: 'session-secret',
    IDENTITY_PRIVATE_KEYS: 'identity-private-keys',
  };
  const pod = {
    terminationGracePeriodSeconds: graceS,
    containers: [
      {
        env: Object.entries(files).map(([name, file]) => ({ name: `${name}_FILE`, value: `/run/secrets/${file}` })),
        envFrom: [{ configMapRef: { name: 'gateway-settings-0123456789' } }],
      },
    ],
  };
  const object = (kind: string, name: string): KubeObject => ({ apiVersion: 'v1', kind, metadata: { name } });
  return breachesOf([
    { ...object('Deployment', 'gateway'), spec: { template: { spec: pod } } },
    { ...object('ConfigMap', 'gateway-settings-0123456789'), data: { PRE_DRAIN_DELAY_MS: '5000', ...settings } },
  ]);
}

describe('the rules of manifests', () => {
  it('find no breach in a correct service', () => expect(breaches()).toEqual([]));

  it.each([
    [
      'a setting that the service does not read',
      { GATEWAY_PROT: '3000' },
      60,
      'GATEWAY_PROT is not a setting of gateway',
    ],
    ['a value that the service rejects', { GATEWAY_PORT: 'three' }, 60, 'GATEWAY_PORT'],
    [
      'a secret file that its Secret does not contain',
      { GATEWAY_REDIS_URL_FILE: '/run/secrets/redis' },
      60,
      'its Secret does not contain the file redis',
    ],
    ['a grace period shorter than a drain', {}, 30, 'terminationGracePeriodSeconds must be above'],
    ['no delay before the drain', { PRE_DRAIN_DELAY_MS: '0' }, 60, 'PRE_DRAIN_DELAY_MS must cover'],
  ])('find %s', (_what, settings, graceS, sentence) => {
    expect(breaches(settings, graceS)).toContainEqual(expect.stringContaining(sentence));
  });
});
