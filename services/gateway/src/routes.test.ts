import { describe, expect, it } from '@jest/globals';
import { namedRequests, routeTable } from './routes.js';

const isNamed = namedRequests(routeTable);

describe('the route table', () => {
  it('recognises requests that match a row', () => {
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
