/**
 * The allowed connections: those of services.ts, and what a cluster adds to them. Network policies are compared with
 * this table, as computed from the manifests (npm run manifests) and as a cluster enforces them (npm run kubernetes).
 * Every other connection must be refused.
 */
import { entrance, migrations, serviceNames, serviceOf } from '../../services.ts';

/** An allowed connection. */
export interface Arrow {
  /** Pods of that name, or one of the outsiders. */
  from: string;
  to: string;
  port: number;
  /** TCP if it is missing. */
  protocol?: 'TCP' | 'UDP';
  /** The connection exists only in this overlay, or with this component of k8s/components. */
  only?: string;
}

const PORT = 3000;
const MANAGEMENT_PORT = 3900;
const STORE_PORTS = { postgres: 5432, redis: 6379, mongo: 27_017 };

const jobs = migrations.map(({ job }) => job);

/** The stores: pods if they run in the cluster, otherwise `managed-stores`. */
export const stores = Object.keys(STORE_PORTS);

/**
 * Not pods of the platform: a controller that ends TLS (its namespace has the label `mainstay-edge: 'true'`), a
 * Prometheus (`mainstay-monitoring: 'true'`), the cluster's DNS, HashiCorp Vault, Argo Rollouts' controller, a pod of another namespace, a pod
 * of the own namespace without a role, managed stores, and any other address, such as clients and the API server.
 */
export const outsiders = [
  'edge',
  'monitoring',
  'dns',
  'vault',
  'argo',
  'neighbour',
  'stray',
  'managed-stores',
  'outside',
];

/** The table. */
export const arrows: Arrow[] = [
  { from: 'edge', to: entrance, port: PORT },
  { from: 'edge', to: 'web', port: 8081 },
  ...serviceNames.flatMap((from) => [
    ...serviceOf(from).calls.map((to) => ({ from, to, port: PORT })),
    ...serviceOf(from).stores.map((to) => ({ from, to, port: STORE_PORTS[to] })),
    { from: 'monitoring', to: from, port: MANAGEMENT_PORT },
  ]),
  ...jobs.map((from) => ({ from, to: 'postgres', port: STORE_PORTS.postgres })),
  ...[...serviceNames, ...jobs, 'bootstrap'].flatMap((from) => [
    { from, to: 'dns', port: 53, protocol: 'UDP' as const },
    { from, to: 'dns', port: 53 },
  ]),
  // No selector can name the API server, so these are its ports on kind, minikube, k3s and managed clusters.
  ...[443, 6443, 8443].flatMap((port) => ['bootstrap', 'prometheus'].map((from) => ({ from, to: 'outside', port }))),
  ...serviceNames.map((to) => ({ from: 'prometheus', to, port: MANAGEMENT_PORT })),
  { from: 'argo', to: 'prometheus', port: 9090 },
  // The node port.
  { from: 'outside', to: entrance, port: PORT, only: 'local' },
  ...[...serviceNames, ...jobs].map((from) => ({ from, to: 'vault', port: 8200, only: 'vault' })),
];
