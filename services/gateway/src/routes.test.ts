import { describe, expect, it } from '@jest/globals';
import { namedRequests, routeTable, serviceReads } from './routes.js';

const isRead = serviceReads(routeTable);
const isNamed = namedRequests(routeTable);

describe('the route table', () => {
  it('recognises reads that a service handles, also of paths with an id', () => {
    const reads = ['/v1/accounts', '/v1/accounts/0198c5a0', '/v1/accounts/0198c5a0/entries', '/v1/activity'];
    const others = ['/v1/session', '/v1/accounts/', '/v1/accounts/a/b', '/V1/accounts', '/v1/accounts/:accountId/'];
    for (const method of ['GET', 'HEAD']) {
      expect(reads.filter((path) => !isRead({ method, path }))).toEqual([]);
      expect(others.filter((path) => isRead({ method, path }))).toEqual([]);
    }
    expect(isRead({ method: 'POST', path: '/v1/accounts' })).toBe(false);
  });

  it('recognises the requests of a row', () => {
    const named = ['DELETE /v1/sessions/0198c5a0', 'POST /v1/accounts/0198c5a0/deposits', 'HEAD /v1/accounts'];
    const others = ['PUT /v1/accounts', 'QUERY /v1/accounts', 'HEAD /v1/activity/live', 'GET /v1/nothing', 'GET /'];
    const isNamedRow = (row: string) => {
      const [method = '', path = ''] = row.split(' ');
      return isNamed({ method, path });
    };
    expect(named.filter((row) => !isNamedRow(row))).toEqual([]);
    expect(others.filter(isNamedRow)).toEqual([]);
  });
});
