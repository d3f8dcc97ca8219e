import { describe, expect, it } from '@jest/globals';
import { routeTable, type Route } from '../routes.js';
import { routeParts } from './route-parts.js';

const partOf = routeParts(routeTable);
const statement = '/v1/accounts/0199c0de-0000-7000-8000-000000000001/statement'; // fork:remove statements

describe('routeParts', () => {
  it.each([
    ['/v1/accounts', 'accounts'],
    ['/v1/accounts?limit=5', 'accounts'],
    ['/v1/transfers/one', 'accounts'],
    ['/v1/session', 'accounts'],
    ['/v1/activity/summary?bucket=day', 'activity'],
    // fork:remove statements
    [statement, 'accounts-rationed'],
    [`${statement}?format=pdf`, 'accounts-rationed'],
    [`${statement}/more`, 'gateway'],
    [`/docs?as=${statement}`, 'gateway'],
    // end of fork:remove statements
    ['/', 'gateway'],
  ])('counts %s as %s', (url, part) => {
    expect(partOf(url)).toEqual({ part, isFeed: false });
  });

  it('returns a separate part for a new service', () => {
    const row = { path: '/v1/parcels', methods: ['GET'], upstream: 'parcels', access: 'session' } as unknown as Route;
    expect(routeParts([...routeTable, row])('/v1/parcels')).toEqual({ part: 'parcels', isFeed: false });
  });

  it('recognises a live feed, and counts it for its service', () => {
    expect(partOf('/v1/activity/live')).toEqual({ part: 'activity', isFeed: true });
  });
});
