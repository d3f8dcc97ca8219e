import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runGatewayAndAccounts, type GatewayAndAccounts } from './gateway-and-accounts.js';
import { register, send, thePassword } from './http-client.js';
import { runGateway, type RunningGateway } from './running-gateway.js';

let accounts: GatewayAndAccounts['accounts'];
let gateway: RunningGateway;
let redisUrl: string;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ gateway, accounts, redisUrl, close } = await runGatewayAndAccounts());
});

afterAll(() => close());

describe('a path that is not in the route table', () => {
  it('gets 404, even if it is an internal path of a service', async () => {
    for (const path of ['/nowhere', '/v1', '/internal/users', '/v1/accounts/a/b/c', '//v1/accounts']) {
      const reply = await send(gateway.url, 'GET', path);
      expect([path, reply.status, reply.json().code]).toEqual([path, 404, 'not_found']);
    }
    expect(accounts.received).toEqual([]);
  });
});

describe('a known path with another method', () => {
  it('gets 405 with the permitted methods', async () => {
    const allowed = {
      '/v1/session': 'POST, GET, HEAD, DELETE',
      '/v1/transfers': 'POST',
      '/v1/users/me/password': 'PUT',
      '/openapi.json': 'GET, HEAD',
      '/healthz': 'GET, HEAD',
    };
    for (const [path, allow] of Object.entries(allowed)) {
      for (const method of ['PATCH', 'OPTIONS']) {
        const reply = await send(gateway.url, method, path);
        expect([reply.status, reply.json().code, reply.headers.allow]).toEqual([405, 'method_not_allowed', allow]);
      }
    }
  });
});

describe('an unknown query parameter', () => {
  it('is named in the error for every method, and the request has no effect', async () => {
    const person = await register(gateway.url);
    accounts.received.length = 0;
    const credentials = { email: person.email, password: thePassword };
    const change = { currentPassword: thePassword, newPassword: 'another horse battery' };
    const requests: [string, string, object?][] = [
      ['POST', '/v1/users', { ...credentials, email: 'new@example.com', displayName: 'New' }],
      ['PUT', '/v1/users/me/password', change],
      ['POST', '/v1/session', credentials],
      ['GET', '/v1/session'],
      ['DELETE', '/v1/session'],
      ['GET', '/v1/sessions'],
      ['DELETE', `/v1/sessions/${person.sessionId}`],
    ];
    for (const [method, path, body] of requests) {
      const reply = await person.send(method, `${path}?x=1`, body && { json: body });
      expect([method, path, reply.status, reply.json().errors]).toEqual([
        method,
        path,
        400,
        [{ path: 'x', message: 'is not a known field' }],
      ]);
    }
    expect(accounts.received).toEqual([]);
    expect((await person.send('GET', '/v1/session')).status).toBe(200);
  });
});

describe('POST from another site', () => {
  it('is refused, but is allowed from the same site', async () => {
    const person = await register(gateway.url);
    const attempt = (headers: Record<string, string>) => person.send('POST', '/v1/accounts', { json: {}, headers });
    expect((await attempt({ 'sec-fetch-site': 'cross-site' })).json().code).toBe('cross_site');
    expect((await attempt({ origin: 'https://elsewhere.example' })).status).toBe(403);
    expect((await attempt({ 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    expect((await attempt({ origin: gateway.url })).status).toBe(200);
  });

  it('is allowed from listed origins', async () => {
    const settings = { PUBLIC_ORIGINS: 'https://app.example' };
    const named = await runGateway({ redisUrl, accountsUrl: accounts.url, settings });
    const person = await register(named.url);
    const attempt = (origin: string) => person.send('POST', '/v1/accounts', { json: {}, headers: { origin } });
    expect([(await attempt('https://app.example')).status, (await attempt(named.url)).status]).toEqual([200, 403]);
    await named.close();
  });
});

describe('limits', () => {
  it('count anonymous requests by address, requests of signed-in callers by user, and no health checks or documentation', async () => {
    const settings = { RATE_LIMIT_ANONYMOUS_MAX: '5', RATE_LIMIT_SESSION_MAX: '8', TRUST_PROXY: '1' };
    const limited = await runGateway({ redisUrl, accountsUrl: accounts.url, settings });
    const from = (ip: string) => ({ 'x-forwarded-for': ip });
    const statuses = async (count: number, path: string, headers: Record<string, string>) => {
      const replies = await Promise.all(
        Array.from({ length: count }, () => send(limited.url, 'GET', path, { headers })),
      );
      return replies.map(({ status }) => status).sort();
    };
    expect(await statuses(7, '/v1/accounts', from('203.0.113.1'))).toEqual([401, 401, 401, 401, 401, 429, 429]);
    expect(await statuses(1, '/v1/accounts', from('203.0.113.2'))).toEqual([401]);
    for (const path of ['/healthz', '/openapi.json', '/docs']) {
      expect(await statuses(1, path, from('203.0.113.1'))).toEqual([200]);
    }
    const person = await register(gateway.url);
    const cookie = person.cookie ?? '';
    expect(await statuses(9, '/v1/accounts', { cookie, ...from('203.0.113.1') })).toEqual([
      200, 200, 200, 200, 200, 200, 200, 200, 429,
    ]);
    await limited.close();
  });
});

describe('a method without a row', () => {
  it('gets 405 and Allow, even if the client expects another session', async () => {
    for (const method of ['TRACE', 'OPTIONS', 'QUERY', 'PATCH', 'PUT', 'PROPFIND']) {
      const headers = { 'expected-session': '0198c5a0-0000-7000-8000-000000000000' };
      const reply = await send(gateway.url, method, '/v1/accounts', { headers });
      expect([method, reply.status, reply.headers.allow]).toEqual([method, 405, 'POST, GET, HEAD']);
      expect((await send(gateway.url, method, '/v1/nothing', { headers })).status).toBe(404);
    }
  });
});

describe('GET /healthz', () => {
  it('responds with 200, or with 503 during start and shutdown', async () => {
    expect((await send(gateway.url, 'GET', '/healthz')).status).toBe(200);
    for (const health of ['starting', 'draining'] as const) {
      const other = await runGateway({ redisUrl, health });
      const reply = await send(other.url, 'GET', '/healthz');
      expect([reply.status, reply.json()]).toEqual([503, { status: health }]);
      await other.close();
    }
  });

  it('names no stores, and needs no log line, session or limit', async () => {
    const headers = { cookie: 'mainstay.sid=s%3Ax.y', 'x-request-id': 'asked' };
    const reply = await send(gateway.url, 'GET', '/healthz?a=b', { headers });
    expect([reply.status, reply.json(), reply.headers['cache-control']]).toEqual([200, { status: 'ok' }, 'no-store']);
    expect(reply.headers).not.toHaveProperty('x-request-id');
    expect(await gateway.metrics()).not.toContain('route="/healthz"');
    expect((await send(gateway.url, 'HEAD', '/healthz')).status).toBe(200);
    expect((await send(gateway.url, 'GET', '/healthz', { body: 'x' })).json()).toEqual({ status: 'ok' });
    const other = await send(gateway.url, 'POST', '/healthz');
    expect([other.status, other.headers.allow]).toEqual([405, 'GET, HEAD']);
  });
});

describe('the documentation', () => {
  it('is the committed document', async () => {
    const reply = await send(gateway.url, 'GET', '/openapi.json');
    expect([reply.status, reply.headers['content-type'], reply.json().openapi]).toEqual([
      200,
      'application/json; charset=utf-8',
      '3.1.0',
    ]);
    const { etag } = reply.headers;
    const again = await send(gateway.url, 'GET', '/openapi.json', { headers: { 'if-none-match': String(etag) } });
    expect([again.status, again.text]).toEqual([304, '']);
  });

  it('omits deposits if DEMO_DEPOSITS is off, and the route responds with 404', async () => {
    const path = '/v1/accounts/{accountId}/deposits';
    expect((await send(gateway.url, 'GET', '/openapi.json')).json().paths).toHaveProperty([path]);
    const without = await runGateway({ redisUrl, accountsUrl: accounts.url, settings: { DEMO_DEPOSITS: 'false' } });
    const { paths } = (await send(without.url, 'GET', '/openapi.json')).json();
    expect(paths).not.toHaveProperty([path]);
    expect(paths).toHaveProperty(['/v1/transfers']);
    const visitor = await register(without.url);
    const options = { json: { amount: 1 }, headers: { 'idempotency-key': 'key' } };
    const reply = await visitor.send('POST', `/v1/accounts/${crypto.randomUUID()}/deposits`, options);
    expect([reply.status, reply.json().code]).toEqual([404, 'not_found']);
    await without.close();
  });

  it('has an HTML reader without inline scripts or scripts of other hosts', async () => {
    const page = await send(gateway.url, 'GET', '/docs');
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toContain("default-src 'self'");
    expect(policy).not.toMatch(/script-src[^;]*unsafe|default-src[^;]*unsafe/);
    expect(page.text).not.toMatch(/<script>|<script[^>]* src="http|onload=/);
    for (const [, src = ''] of page.text.matchAll(/(?:src|href)="(\/[^"]+)"/g)) {
      expect([src, (await send(gateway.url, 'GET', src)).status]).toEqual([src, 200]);
    }
  });

  it('is the redirect target of the root path', async () => {
    const reply = await send(gateway.url, 'GET', '/');
    expect([reply.status, reply.headers.location]).toEqual([302, '/docs']);
  });
});
