import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../release/kubernetes/kubectl.ts';
import { connections, type Party } from './connections.ts';

const home = { name: 'home', labels: { name: 'home' } };
const pod = (name: string, more: Partial<Party> = {}): Party => ({
  name,
  address: '10.244.0.1',
  namespace: home,
  labels: { app: name },
  ports: [{ port: 3000, protocol: 'TCP', name: 'http' }],
  ...more,
});
const policy = (spec: object): KubeObject => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'one', namespace: 'home' },
  spec,
});
const denyAll = policy({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
const toApi = (from: string) =>
  policy({
    podSelector: { matchLabels: { app: 'api' } },
    policyTypes: ['Ingress'],
    ingress: [{ from: [{ podSelector: { matchLabels: { app: from } } }], ports: [{ port: 'http' }] }],
  });
const arrows = (policies: KubeObject[], parties: Party[]) =>
  connections(policies, parties).map(({ from, to, port }) => `${from} → ${to}:${port}`);

describe('connections', () => {
  const page = pod('page');
  const api = pod('api', {
    ports: [
      { port: 3000, protocol: 'TCP', name: 'http' },
      { port: 9229, protocol: 'TCP' },
    ],
  });

  it('are all allowed if no policy covers a pod', () => {
    expect(arrows([], [page, api])).toEqual(['page → api:3000', 'page → api:9229', 'api → page:3000']);
  });

  it('need permission in both directions', () => {
    const wayOut = policy({ podSelector: {}, policyTypes: ['Egress'], egress: [{}] });
    expect(arrows([denyAll, toApi('page')], [page, api])).toEqual([]);
    expect(arrows([denyAll, toApi('page'), wayOut], [page, api])).toEqual(['page → api:3000']);
  });

  it('use the name that the called pod gives its port', () => {
    expect(arrows([toApi('page')], [page, api])).toEqual(['page → api:3000', 'api → page:3000']);
  });

  it('stay in the own namespace if a peer does not name one', () => {
    const stranger = pod('page', { namespace: { name: 'away', labels: {} } });
    expect(arrows([toApi('page')], [stranger, api])).not.toContain('page → api:3000');
  });

  it('use addresses, without those that a block excludes', () => {
    const fromOutside = policy({
      podSelector: {},
      ingress: [{ from: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['10.244.0.0/16'] } }] }],
    });
    const outside = { name: 'outside', address: '203.0.113.7', ports: [] };
    expect(arrows([fromOutside], [outside, page, api])).toEqual([
      'outside → page:3000',
      'outside → api:3000',
      'outside → api:9229',
    ]);
  });

  it('use ranges of ports, and the rules of a policy without types', () => {
    const range = policy({ podSelector: {}, ingress: [{ ports: [{ port: 9000, endPort: 9300 }] }] });
    expect(arrows([range], [page, api])).toEqual(['page → api:9229']);
  });
});
