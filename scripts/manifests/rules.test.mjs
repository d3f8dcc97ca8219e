// @ts-check
import { describe, expect, it } from '@jest/globals';
import { workloadsOf } from './objects.mjs';
import { companions } from './rules/companions.mjs';
import { containers } from './rules/containers.mjs';
import { drains } from './rules/drains.mjs';
import { names } from './rules/names.mjs';
import { probes } from './rules/probes.mjs';
import { restrictedPods } from './rules/restricted-pods.mjs';
import { secrets } from './rules/secrets.mjs';

/** @typedef {import('./objects.mjs').KubernetesObject} KubernetesObject */

const labels = { 'app.kubernetes.io/name': 'gateway', 'app.kubernetes.io/version': '1' };
const selector = { matchLabels: { 'app.kubernetes.io/name': 'gateway' } };

/** @returns {any} a gateway that breaks no rule */
function goodDeployment() {
  const probe = (/** @type {string} */ path) => ({ httpGet: { path, port: 'management' } });
  const container = {
    name: 'gateway',
    image: 'mainstay/gateway:1',
    imagePullPolicy: 'IfNotPresent',
    startupProbe: probe('/livez'),
    readinessProbe: probe('/healthz'),
    livenessProbe: probe('/livez'),
    resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '1', memory: '1Gi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  };
  const pod = {
    serviceAccountName: 'gateway',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 60,
    securityContext: { runAsNonRoot: true, runAsUser: 10_001, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [container],
    volumes: [{ name: 'secrets', secret: { secretName: 'gateway-secrets' } }],
  };
  const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: 0 } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'gateway', namespace: 'home' },
    spec: { minReadySeconds: 5, strategy, selector, template: { metadata: { labels }, spec: pod } },
  };
}

/** @type {(kind: string, spec?: object) => any} */
const object = (kind, spec) => ({ apiVersion: 'v1', kind, metadata: { name: 'gateway', namespace: 'home' }, spec });

/**
 * @param {(deployment: any, around: any[]) => void} [spoil]
 * @returns {string[]}
 */
function problems(spoil = () => {}) {
  const deployment = goodDeployment();
  const around = [
    {
      ...object('Namespace'),
      metadata: { name: 'home', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    },
    object('ServiceAccount'),
    object('Service', { selector: selector.matchLabels }),
    object('PodDisruptionBudget', { selector }),
    object('NetworkPolicy', { podSelector: selector, policyTypes: ['Ingress', 'Egress'] }),
    object('HorizontalPodAutoscaler', { scaleTargetRef: { kind: 'Deployment', name: 'gateway' }, minReplicas: 2 }),
  ];
  spoil(deployment, around);
  const objects = [deployment, ...around];
  const config = { preDrainDelayMs: 5_000, drainWindowMs: 25_000, closeTimeoutMs: 5_000 };
  const rendering = {
    target: { name: 'overlays/one', isComponent: false },
    objects,
    workloads: workloadsOf(objects),
    configOf: () => ({ environment: {}, unknown: [], config }),
    edgeSettings: [],
    secretFiles: { gateway: { files: { 'redis-url': '' } } },
  };
  return [restrictedPods, containers, probes, drains, companions, secrets, names].flatMap((rule) => rule(rendering));
}

const pod = (/** @type {any} */ deployment) => deployment.spec.template.spec;
const container = (/** @type {any} */ deployment) => pod(deployment).containers[0];
/** @type {(around: any[], kind: string) => any} */
const remove = (around, kind) =>
  around.splice(
    around.findIndex((one) => one.kind === kind),
    1,
  );

describe('the house rules of manifests', () => {
  it('find nothing wrong with a good service', () => {
    expect(problems()).toEqual([]);
  });

  /** @type {[string, string, (deployment: any, around: any[]) => void][]} */
  const spoilt = [
    ['root', 'not root', (one) => delete pod(one).securityContext.runAsNonRoot],
    ['a token', 'token', (one) => (pod(one).automountServiceAccountToken = true)],
    [
      'a token of the API server by another way',
      'audience',
      (one) => pod(one).volumes.push({ projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } }),
    ],
    ['a folder of the host', 'host', (one) => pod(one).volumes.push({ hostPath: { path: '/' } })],
    ['no seccomp profile', 'seccomp', (one) => delete pod(one).securityContext.seccompProfile],
    ['a capability', 'capabilities', (one) => (container(one).securityContext.capabilities.add = ['NET_ADMIN'])],
    [
      'a file system to write to',
      'readOnlyRootFilesystem',
      (one) => delete container(one).securityContext.readOnlyRootFilesystem,
    ],
    ['the image of the day', 'tag says nothing', (one) => (container(one).image = 'mainstay/gateway:latest')],
    ['an image without a tag', 'tag says nothing', (one) => (container(one).image = 'registry:5000/gateway')],
    ['memory that is not its own', 'memory limit', (one) => (container(one).resources.limits.memory = '2Gi')],
    ['a liveness that asks the stores', 'liveness', (one) => (container(one).livenessProbe.httpGet.path = '/healthz')],
    ['a probe on the public port', 'readiness', (one) => (container(one).readinessProbe.httpGet.port = 'http')],
    ['no probe at start', 'startupProbe', (one) => delete container(one).startupProbe],
    [
      'too little time to drain',
      'terminationGracePeriodSeconds',
      (one) => (pod(one).terminationGracePeriodSeconds = 30),
    ],
    ['fewer pods while it rolls', 'maxUnavailable', (one) => (one.spec.strategy.rollingUpdate.maxUnavailable = 1)],
    ['a number of replicas', 'replicas', (one) => (one.spec.replicas = 2)],
    ['no budget', 'PodDisruptionBudget', (_, around) => remove(around, 'PodDisruptionBudget')],
    ['no autoscaler', 'HorizontalPodAutoscaler', (_, around) => remove(around, 'HorizontalPodAutoscaler')],
    ['an open network', 'NetworkPolicy', (_, around) => remove(around, 'NetworkPolicy')],
    ['a version to select by', 'selects by', (one) => (one.spec.selector = { matchLabels: labels })],
    ['a secret that is written down', 'never written down', (_, around) => around.push(object('Secret'))],
    [
      'a password in a setting',
      'looks like a secret',
      (_, around) => around.push({ ...object('ConfigMap'), data: { REDIS_URL: 'redis://:hunter2@redis:6379' } }),
    ],
    ['the secrets of another', 'not its own', (one) => (pod(one).volumes[0].secret.secretName = 'accounts-secrets')],
    [
      'a file that nobody makes',
      'nobody makes',
      (one) => (container(one).env = [{ name: 'A_FILE', value: '/run/secrets/a' }]),
    ],
    [
      'a secret in the environment',
      'in the environment',
      (one) =>
        (container(one).env = [
          { name: 'A', valueFrom: { secretKeyRef: { name: 'gateway-secrets', key: 'redis-url' } } },
        ]),
    ],
    ['another namespace', 'not in the namespace', (one) => (one.metadata.namespace = 'away')],
    ['a namespace that enforces nothing', 'restricted', (_, around) => (around[0].metadata.labels = {})],
    ['a version that is not the image’s', 'call themselves', (one) => (container(one).image = 'mainstay/gateway:2')],
  ];

  it.each(spoilt)('find %s', (_what, sentence, spoil) => {
    expect(problems(spoil)).toContainEqual(expect.stringContaining(sentence));
  });
});
