/** The table of allowed connections ("arrows"). `npm run kubernetes` compares a cluster with this table. */
import { entrance, migrations, serviceNames, serviceOf } from '@mainstay/platform/services';

export interface Arrow {
  /**
   * A group of pods, or a party outside the platform:
   * - edge: an ingress controller in a namespace with the label `mainstay-edge: 'true'`
   * - monitoring: a Prometheus in a namespace with the label `mainstay-monitoring: 'true'`
   * - argo: the controller of Argo Rollouts
   * - outside: any other address, such as clients and the API server
   */
  from: string;
  to: string;
  port: number;
  /** The connection exists only in this overlay, or with this component of k8s/components. */
  only?: string;
}

const PORT = 3000;
const MANAGEMENT_PORT = 3900;
const STORE_PORTS = { postgres: 5432, redis: 6379, mongo: 27_017 };

const jobs = migrations.map(({ job }) => job);

export const arrows: Arrow[] = [
  { from: 'edge', to: entrance, port: PORT },
  { from: 'edge', to: 'web', port: 8081 },
  ...serviceNames.flatMap((from) => [
    ...serviceOf(from).calls.map((to) => ({ from, to, port: PORT })),
    ...serviceOf(from).stores.map((to) => ({ from, to, port: STORE_PORTS[to] })),
    { from: 'monitoring', to: from, port: MANAGEMENT_PORT },
    { from: 'prometheus', to: from, port: MANAGEMENT_PORT },
  ]),
  ...jobs.map((from) => ({ from, to: 'postgres', port: STORE_PORTS.postgres })),
  ...[...serviceNames, ...jobs, 'bootstrap'].map((from) => ({ from, to: 'dns', port: 53 })),
  // A policy cannot select the API server, so the policies allow its ports on kind, minikube, k3s and managed clusters.
  ...[443, 6443, 8443].flatMap((port) => ['bootstrap', 'prometheus'].map((from) => ({ from, to: 'outside', port }))),
  { from: 'argo', to: 'prometheus', port: 9090 },
  // The local overlay publishes this service by a node port.
  { from: 'outside', to: entrance, port: PORT, only: 'local' },
  ...[...serviceNames, ...jobs].map((from) => ({ from, to: 'vault', port: 8200, only: 'vault' })),
];
