// @ts-check
/**
 * Who calls whom: the arrows of docs/architecture.md, and what a cluster adds to them. The one table that network policies are held against, as computed from the
 * manifests (manifests.test.mjs) and as the cluster enforces them (e2e/kubernetes). Whatever is not in it is refused.
 */

/**
 * @typedef {object} Arrow
 * @property {string} from the pods of that name, or one of the outsiders
 * @property {string} to
 * @property {number} port
 * @property {'TCP' | 'UDP'} [protocol] TCP where it says nothing
 * @property {string} [only] there only in this overlay, or with this component of k8s/components
 */

/**
 * Who is no pod of the platform: a controller that ends TLS in front (its namespace is labelled `mainstay-edge: 'true'`); a Prometheus (`mainstay-monitoring: 'true'`);
 * the cluster's DNS; HashiCorp Vault; a pod of another namespace, and one of ours that belongs to nobody, whom nobody answers; managed stores, at a private address; and an
 * address that is nobody's, as clients and the API server have.
 */
export const outsiders = ['edge', 'monitoring', 'dns', 'vault', 'neighbour', 'stray', 'managed-stores', 'outside'];

/** @type {Arrow[]} */
export const arrows = [
  { from: 'edge', to: 'gateway', port: 3000 },
  { from: 'edge', to: 'web', port: 8081 },
  { from: 'gateway', to: 'accounts', port: 3000 },
  { from: 'gateway', to: 'activity', port: 3000 },
  { from: 'gateway', to: 'redis', port: 6379 },
  { from: 'accounts', to: 'postgres', port: 5432 },
  { from: 'accounts', to: 'redis', port: 6379 },
  { from: 'activity', to: 'mongo', port: 27_017 },
  { from: 'activity', to: 'redis', port: 6379 },
  { from: 'migrate', to: 'postgres', port: 5432 },

  { from: 'monitoring', to: 'gateway', port: 3900 },
  { from: 'monitoring', to: 'accounts', port: 3900 },
  { from: 'monitoring', to: 'activity', port: 3900 },

  ...['gateway', 'accounts', 'activity', 'migrate', 'bootstrap'].flatMap((from) => [
    { from, to: 'dns', port: 53, protocol: /** @type {const} */ ('UDP') },
    { from, to: 'dns', port: 53 },
  ]),

  // The API server, whose address no selector can name: its ports on kind, minikube, k3s and managed clusters.
  { from: 'bootstrap', to: 'outside', port: 443 },
  { from: 'bootstrap', to: 'outside', port: 6443 },
  { from: 'bootstrap', to: 'outside', port: 8443 },

  // The node port.
  { from: 'outside', to: 'gateway', port: 3000, only: 'local' },

  ...['gateway', 'accounts', 'activity', 'migrate'].map((from) => ({ from, to: 'vault', port: 8200, only: 'vault' })),
];

/** The stores: pods where they run in the cluster, else `managed-stores`. */
export const stores = ['postgres', 'redis', 'mongo'];
