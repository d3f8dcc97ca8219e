/** Compares what the network policies of rendered objects allow with the table of arrows. */
import type { KubeObject } from '../../release/kubernetes/kubectl.ts';
import { arrows, outsiders, stores } from './arrows.ts';
import { connections, type Connection, type Party } from './connections.ts';
import { ofKind, workloadsOf } from './objects.ts';
import type { Target } from './targets.ts';

const TCP = 'TCP';
/** No process listens on it: a policy that allows it allows too much. */
const UNUSED_PORT = { port: 9229, protocol: TCP };

/** One sentence for each difference. */
export function wrongConnections({ name, isComponent, switchedOn }: Target, objects: KubeObject[]): string[] {
  const parties = partiesOf(objects);
  const names = [...switchedOn, ...(isComponent ? [] : [name.replace('overlays/', '')])];
  const hasStores = ofKind(objects, 'StatefulSet').length > 0;
  const areStoresManaged = switchedOn.includes('stores-managed') || (!isComponent && !hasStores);
  const wanted = sentencesOf(expectedConnections(parties, { names, areStoresManaged }));
  const found = sentencesOf(connections(ofKind(objects, 'NetworkPolicy'), parties));
  return [
    ...found.filter((one) => !wanted.includes(one)).map((one) => `network policies allow, but should not: ${one}`),
    ...wanted.filter((one) => !found.includes(one)).map((one) => `network policies refuse, but should not: ${one}`),
  ];
}

function expectedConnections(
  parties: Party[],
  { names, areStoresManaged }: { names: string[]; areStoresManaged: boolean },
): Connection[] {
  const present = new Set(parties.map(({ name }) => name));
  return arrows
    .filter(({ only }) => only === undefined || names.includes(only))
    .map(({ from, to, port, protocol = TCP }) => ({
      from,
      to: areStoresManaged && stores.includes(to) && !present.has(to) ? 'managed-stores' : to,
      port,
      protocol,
    }))
    .filter(({ from, to }) => present.has(from) && present.has(to));
}

/** Sorted, without repetitions (several pods may have one name), and without connections among outsiders. */
function sentencesOf(all: Connection[]): string[] {
  const ours = all.filter(({ from, to }) => !(outsiders.includes(from) && outsiders.includes(to)));
  const sentences = ours.map(({ from, to, port, protocol }) => `${from} → ${to}:${port}/${protocol}`);
  return [...new Set(sentences)].toSorted();
}

/** The pods that the objects make, and the outsiders. */
function partiesOf(objects: KubeObject[]): Party[] {
  const home = homeOf(objects);
  const pods = workloadsOf(objects).map(({ name, labels, containers }, index) => ({
    name,
    labels,
    namespace: home,
    address: `10.244.1.${index + 10}`,
    ports: [
      ...containers
        .flatMap(({ ports = [] }) => ports)
        .map(({ containerPort, protocol = TCP, name: one }) => ({
          port: containerPort,
          protocol,
          ...(one && { name: one }),
        })),
      UNUSED_PORT,
    ],
  }));
  return [...pods, ...outsidersOf(home)];
}

function homeOf(objects: KubeObject[]): NonNullable<Party['namespace']> {
  const [namespace] = ofKind(objects, 'Namespace');
  const name = namespace?.metadata.name ?? ofKind(objects, 'NetworkPolicy')[0]?.metadata.namespace ?? 'default';
  return { name, labels: { 'kubernetes.io/metadata.name': name, ...namespace?.metadata.labels } };
}

function outsidersOf(home: NonNullable<Party['namespace']>): Party[] {
  const inside = (name: string, labels: Record<string, string> = {}) => ({
    name,
    labels: { 'kubernetes.io/metadata.name': name, ...labels },
  });
  const any = [{ port: 8080, protocol: TCP, name: 'http' }];
  const dns = [
    { port: 53, protocol: 'UDP', name: 'dns' },
    { port: 53, protocol: TCP, name: 'dns-tcp' },
  ];
  const vault = [{ port: 8200, protocol: TCP }];
  const kubeDns = { 'k8s-app': 'kube-dns' };
  return [
    { name: 'edge', namespace: inside('edge', { 'mainstay-edge': 'true' }), address: '10.244.2.1', ports: any },
    {
      name: 'monitoring',
      namespace: inside('monitoring', { 'mainstay-monitoring': 'true' }),
      address: '10.244.2.2',
      ports: any,
    },
    { name: 'dns', labels: kubeDns, namespace: inside('kube-system'), address: '10.244.2.3', ports: dns },
    { name: 'vault', namespace: inside('vault'), address: '10.244.2.4', ports: vault },
    { name: 'argo', namespace: inside('argo-rollouts'), address: '10.244.2.6', ports: any },
    { name: 'neighbour', namespace: inside('elsewhere'), address: '10.244.2.5', ports: any },
    { name: 'stray', namespace: home, address: '10.244.1.1', ports: any },
    { name: 'managed-stores', address: '192.168.200.10', ports: portsTo(stores), isSilent: true },
    { name: 'outside', address: '203.0.113.7', ports: portsTo(['outside', ...stores]) },
  ];
}

/** The ports that the table names for these parties, and two ports that it does not name. */
function portsTo(names: string[]): Party['ports'] {
  const known = arrows.filter(({ to }) => names.includes(to)).map(({ port }) => port);
  return [...new Set([80, UNUSED_PORT.port, ...known])].map((port) => ({ port, protocol: TCP }));
}
