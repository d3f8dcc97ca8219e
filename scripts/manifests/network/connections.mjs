// @ts-check
/** Which connections NetworkPolicies let through, computed from the objects alone, by the rules of networking.k8s.io/v1. */
import { BlockList, isIP } from 'node:net';
import { matches } from './selectors.mjs';

/** @typedef {import('../objects.mjs').KubernetesObject} KubernetesObject */
/** @typedef {{ port: number, protocol: string, name?: string }} Port */
/**
 * @typedef {object} Party a pod, or an address that is no pod's: then it has no namespace, and no policy stands between it and what it calls or answers
 * @property {string} name
 * @property {string} address IPv4
 * @property {Port[]} ports what it may be called on
 * @property {{ name: string, labels: Record<string, string> }} [namespace]
 * @property {Record<string, string>} [labels]
 * @property {boolean} [isSilent] it answers, and calls nobody
 */
/** @typedef {{ from: string, to: string, port: number, protocol: string }} Connection */

/**
 * Every connection that the policies allow, from each party to each port of every other one.
 * @param {{ policies: KubernetesObject[], parties: Party[] }} world
 * @returns {Connection[]}
 */
export function connections({ policies, parties }) {
  const callers = parties.filter(({ isSilent }) => !isSilent);
  return callers.flatMap((from) =>
    parties
      .filter((to) => to !== from)
      .flatMap((to) =>
        to.ports
          .filter((port) => mayLeave(policies, { from, to, port }) && mayEnter(policies, { from, to, port }))
          .map(({ port, protocol }) => ({ from: from.name, to: to.name, port, protocol })),
      ),
  );
}

/** @typedef {{ from: Party, to: Party, port: Port }} Attempt */

/**
 * @param {KubernetesObject[]} policies
 * @param {Attempt} attempt
 */
function mayLeave(policies, { from, to, port }) {
  const rules = rulesOn(policies, from, 'Egress');
  return rules === undefined || rules.some((rule) => isPeer(rule.to, to, from) && hasPort(rule.ports, port));
}

/**
 * @param {KubernetesObject[]} policies
 * @param {Attempt} attempt
 */
function mayEnter(policies, { from, to, port }) {
  const rules = rulesOn(policies, to, 'Ingress');
  return rules === undefined || rules.some((rule) => isPeer(rule.from, from, to) && hasPort(rule.ports, port));
}

/**
 * What all policies together allow a pod; undefined where none speaks of it in this direction, which allows everything.
 * @param {KubernetesObject[]} policies
 * @param {Party} party
 * @param {'Ingress' | 'Egress'} direction
 * @returns {any[] | undefined}
 */
function rulesOn(policies, party, direction) {
  const speaking = policies.filter(
    ({ metadata, spec }) =>
      party.namespace?.name === metadata.namespace &&
      matches(spec.podSelector, party.labels) &&
      typesOf(spec).includes(direction),
  );
  if (!party.namespace || speaking.length === 0) return undefined;
  return speaking.flatMap(({ spec }) => (direction === 'Ingress' ? spec.ingress : spec.egress) ?? []);
}

/**
 * A policy that does not say which way it speaks of speaks of what comes in, and of what goes out if it has rules for that.
 * @param {{ policyTypes?: string[], egress?: unknown[] }} spec
 */
function typesOf({ policyTypes, egress }) {
  return policyTypes ?? (egress ? ['Ingress', 'Egress'] : ['Ingress']);
}

/**
 * @param {any[] | undefined} peers nobody named: everybody
 * @param {Party} party
 * @param {Party} owner whose namespace is meant where a peer names none
 */
function isPeer(peers, party, owner) {
  if (!peers || peers.length === 0) return true;
  return peers.some(({ ipBlock, namespaceSelector, podSelector }) => {
    if (ipBlock) return inBlock(ipBlock, party.address);
    if (!party.namespace) return false;
    const isNamespace = namespaceSelector
      ? matches(namespaceSelector, party.namespace.labels)
      : party.namespace.name === owner.namespace?.name;
    return isNamespace && (!podSelector || matches(podSelector, party.labels));
  });
}

/**
 * @param {{ cidr: string, except?: string[] }} block
 * @param {string} address
 */
function inBlock({ cidr, except = [] }, address) {
  return contains(cidr, address) && !except.some((part) => contains(part, address));
}

/**
 * @param {string} cidr
 * @param {string} address
 */
function contains(cidr, address) {
  const [network = '', bits] = cidr.split('/');
  if (isIP(network) !== isIP(address)) return false;
  const list = new BlockList();
  const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
  list.addSubnet(network, Number(bits), family);
  return list.check(address, family);
}

/**
 * @param {any[] | undefined} allowed none named: all
 * @param {Port} port a name means what the pod that is called calls so
 */
function hasPort(allowed, port) {
  if (!allowed || allowed.length === 0) return true;
  return allowed.some(({ protocol = 'TCP', port: wanted, endPort }) => {
    if (protocol !== port.protocol) return false;
    if (wanted === undefined) return true;
    if (typeof wanted === 'string') return wanted === port.name;
    return port.port >= wanted && port.port <= (endPort ?? wanted);
  });
}
