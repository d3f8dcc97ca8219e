// @ts-check
/** Who there is to call and be called: the pods that manifests make, and whoever else lives in a cluster or outside it. */
import { ofKind, workloadsOf } from '../objects.mjs';
import { arrows, stores } from './arrows.mjs';

/** @typedef {import('../objects.mjs').KubernetesObject} KubernetesObject */
/** @typedef {import('./connections.mjs').Party} Party */

const TCP = 'TCP';
/** A port that nobody listens on: a policy that allows it allows too much. */
const unusedPort = { port: 9229, protocol: TCP };
const OUTSIDE = '203.0.113.7';
const MANAGED_STORES = '192.168.200.10';

/**
 * @param {KubernetesObject[]} objects rendered, of one namespace
 * @returns {Party[]}
 */
export function partiesOf(objects) {
  const home = homeOf(objects);
  const pods = workloadsOf(objects).map(({ name, labels, containers }, index) => ({
    name,
    labels,
    namespace: home,
    address: `10.244.1.${index + 10}`,
    ports: [...containers.flatMap(({ ports = [] }) => ports.map(portOf)), unusedPort],
  }));
  return [...pods, ...othersThan(home)];
}

/** @param {KubernetesObject[]} objects */
function homeOf(objects) {
  const [namespace] = ofKind(objects, 'Namespace');
  const name = namespace?.metadata.name ?? ofKind(objects, 'NetworkPolicy')[0]?.metadata.namespace ?? 'default';
  return { name, labels: { 'kubernetes.io/metadata.name': name, ...namespace?.metadata.labels } };
}

/** @param {{ containerPort: number, protocol?: string, name?: string }} port */
function portOf({ containerPort, protocol = TCP, name }) {
  return { port: containerPort, protocol, ...(name ? { name } : {}) };
}

/**
 * @param {{ name: string, labels: Record<string, string> }} home
 * @returns {Party[]}
 */
function othersThan(home) {
  /** @type {(name: string, labels?: Record<string, string>) => { name: string, labels: Record<string, string> }} */
  const namespace = (name, labels = {}) => ({ name, labels: { 'kubernetes.io/metadata.name': name, ...labels } });
  const dnsPorts = [
    { port: 53, protocol: 'UDP', name: 'dns' },
    { port: 53, protocol: TCP, name: 'dns-tcp' },
  ];
  const anyPort = [{ port: 8080, protocol: TCP, name: 'http' }];
  return [
    { name: 'edge', namespace: namespace('edge', { 'mainstay-edge': 'true' }), address: '10.244.2.1', ports: anyPort },
    {
      name: 'monitoring',
      namespace: namespace('monitoring', { 'mainstay-monitoring': 'true' }),
      address: '10.244.2.2',
      ports: anyPort,
    },
    {
      name: 'dns',
      labels: { 'k8s-app': 'kube-dns' },
      namespace: namespace('kube-system'),
      address: '10.244.2.3',
      ports: dnsPorts,
    },
    { name: 'vault', namespace: namespace('vault'), address: '10.244.2.4', ports: [{ port: 8200, protocol: TCP }] },
    { name: 'neighbour', namespace: namespace('elsewhere'), address: '10.244.2.5', ports: anyPort },
    { name: 'stray', namespace: home, address: '10.244.1.1', ports: anyPort },
    { name: 'managed-stores', address: MANAGED_STORES, ports: portsTo(stores), isSilent: true },
    { name: 'outside', address: OUTSIDE, ports: portsTo(['outside', ...stores]) },
  ];
}

/**
 * Whatever the table knows of them, and some that it does not.
 * @param {string[]} names
 */
function portsTo(names) {
  const known = arrows.filter(({ to }) => names.includes(to)).map(({ port }) => port);
  return [...new Set([80, unusedPort.port, ...known])].map((port) => ({ port, protocol: TCP }));
}
