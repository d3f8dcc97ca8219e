// @ts-check
import { describe, expect, it } from '@jest/globals';
import { connections } from './connections.mjs';

/** @typedef {import('./connections.mjs').Party} Party */

const home = { name: 'home', labels: { name: 'home' } };
/** @type {(name: string, more?: Partial<Party>) => Party} */
const pod = (name, more) => ({
  name,
  address: '10.244.0.1',
  namespace: home,
  labels: { app: name },
  ports: [{ port: 3000, protocol: 'TCP', name: 'http' }],
  ...more,
});
/** @type {(spec: object) => any} */
const policy = (spec) => ({ kind: 'NetworkPolicy', metadata: { name: 'one', namespace: 'home' }, spec });
const denyAll = policy({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
/** @type {(from: string) => any} */
const toApi = (from) =>
  policy({
    podSelector: { matchLabels: { app: 'api' } },
    policyTypes: ['Ingress'],
    ingress: [{ from: [{ podSelector: { matchLabels: { app: from } } }], ports: [{ port: 'http' }] }],
  });
/** @type {(policies: any[], parties: Party[]) => string[]} */
const arrows = (policies, parties) =>
  connections({ policies, parties }).map(({ from, to, port }) => `${from} → ${to}:${port}`);

describe('connections', () => {
  const page = pod('page');
  const api = pod('api', {
    ports: [
      { port: 3000, protocol: 'TCP', name: 'http' },
      { port: 9229, protocol: 'TCP' },
    ],
  });

  it('lets everything through where no policy speaks of a pod', () => {
    expect(arrows([], [page, api])).toEqual(['page → api:3000', 'page → api:9229', 'api → page:3000']);
  });

  it('needs a way out and a way in', () => {
    const wayOut = policy({ podSelector: {}, policyTypes: ['Egress'], egress: [{}] });
    expect(arrows([denyAll, toApi('page')], [page, api])).toEqual([]);
    expect(arrows([denyAll, toApi('page'), wayOut], [page, api])).toEqual(['page → api:3000']);
  });

  it('takes a name for the port that the called pod calls so', () => {
    expect(arrows([toApi('page')], [page, api])).toEqual(['page → api:3000', 'api → page:3000']);
  });

  it('means its own namespace where a peer names none', () => {
    const stranger = pod('page', { namespace: { name: 'away', labels: {} } });
    expect(arrows([toApi('page')], [stranger, api])).not.toContain('page → api:3000');
  });

  it('knows addresses, and those that are left out of a block', () => {
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

  it('knows ranges of ports, and what a policy without types speaks of', () => {
    const range = policy({ podSelector: {}, ingress: [{ ports: [{ port: 9000, endPort: 9300 }] }] });
    expect(arrows([range], [page, api])).toEqual(['page → api:9229']);
  });
});
