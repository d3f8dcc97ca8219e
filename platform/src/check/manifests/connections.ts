/** Which connections NetworkPolicies allow, computed from the objects alone, by the rules of networking.k8s.io/v1. */
import { BlockList, isIP } from 'node:net';
import type { KubeObject } from '../../release/kubernetes/kubectl.ts';
import { matches, type Selector } from './objects.ts';

/** A port with a listener. */
export interface Port {
  port: number;
  protocol: string;
  name?: string;
}

/** A pod, or an address outside the pods, which has no namespace and no policy of its own. */
export interface Party {
  name: string;
  /** IPv4. */
  address: string;
  ports: Port[];
  namespace?: { name: string; labels: Record<string, string> };
  labels?: Record<string, string>;
  /** It answers, and calls nothing. */
  isSilent?: boolean;
}

/** An allowed connection. */
export interface Connection {
  from: string;
  to: string;
  port: number;
  protocol: string;
}

interface Peer {
  ipBlock?: { cidr: string; except?: string[] };
  namespaceSelector?: Selector;
  podSelector?: Selector;
}

interface Rule {
  from?: Peer[];
  to?: Peer[];
  ports?: { protocol?: string; port?: number | string; endPort?: number }[];
}

interface PolicySpec {
  podSelector: Selector;
  policyTypes?: string[];
  ingress?: Rule[];
  egress?: Rule[];
}

type Direction = 'Ingress' | 'Egress';

/** Every connection that the policies allow, from each party to each port of every other one. */
export function connections(policies: KubeObject[], parties: Party[]): Connection[] {
  return parties.flatMap((from) =>
    parties.flatMap((to) => {
      if (from === to || from.isSilent) return [];
      const allowed = to.ports.filter(
        (port) =>
          (rulesOn(policies, from, 'Egress')?.some((rule) => isPeer(rule.to, to, from) && hasPort(rule, port)) ??
            true) &&
          (rulesOn(policies, to, 'Ingress')?.some((rule) => isPeer(rule.from, from, to) && hasPort(rule, port)) ??
            true),
      );
      return allowed.map(({ port, protocol }) => ({ from: from.name, to: to.name, port, protocol }));
    }),
  );
}

/** What all policies together allow a pod. Undefined if no policy covers it in this direction, which allows everything. */
function rulesOn(policies: KubeObject[], party: Party, direction: Direction): Rule[] | undefined {
  const specs = policies
    .filter(({ metadata }) => party.namespace?.name === metadata.namespace)
    .map(({ spec }) => spec as PolicySpec)
    .filter((spec) => matches(spec.podSelector, party.labels ?? {}) && typesOf(spec).includes(direction));
  if (!party.namespace || specs.length === 0) return undefined;
  return specs.flatMap(({ ingress, egress }) => (direction === 'Ingress' ? ingress : egress) ?? []);
}

/** A policy without types covers what comes in, and what goes out if it has rules for that. */
function typesOf({ policyTypes, egress }: PolicySpec): string[] {
  return policyTypes ?? (egress ? ['Ingress', 'Egress'] : ['Ingress']);
}

/** No peers: any peer. A peer without a namespace selector is in the namespace of `owner`. */
function isPeer(peers: Peer[] | undefined, party: Party, owner: Party): boolean {
  if (!peers || peers.length === 0) return true;
  return peers.some(({ ipBlock, namespaceSelector, podSelector }) => {
    if (ipBlock)
      return contains(ipBlock.cidr, party.address) && !ipBlock.except?.some((part) => contains(part, party.address));
    if (!party.namespace) return false;
    const isNamespace = namespaceSelector
      ? matches(namespaceSelector, party.namespace.labels)
      : party.namespace.name === owner.namespace?.name;
    return isNamespace && (!podSelector || matches(podSelector, party.labels ?? {}));
  });
}

function contains(cidr: string, address: string): boolean {
  const [network = '', bits] = cidr.split('/');
  if (isIP(network) !== isIP(address)) return false;
  const list = new BlockList();
  const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
  list.addSubnet(network, Number(bits), family);
  return list.check(address, family);
}

/** No ports: all. A name is the name that the called pod gives its port. */
function hasPort({ ports }: Rule, port: Port): boolean {
  if (!ports || ports.length === 0) return true;
  return ports.some(({ protocol = 'TCP', port: wanted, endPort }) => {
    if (protocol !== port.protocol) return false;
    if (wanted === undefined) return true;
    if (typeof wanted === 'string') return wanted === port.name;
    return port.port >= wanted && port.port <= (endPort ?? wanted);
  });
}
