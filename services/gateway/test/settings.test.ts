import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runGatewayAndAccounts, type GatewayAndAccounts } from './gateway-and-accounts.js';
import { register, send, sidOf } from './http-client.js';
import { json } from './playing-service.js';

/**
 * Settings that no other test of the gateway covers. Each setting has a value that is not the default, and the test
 * checks the running gateway.
 */
describe('a setting', () => {
  let platform: GatewayAndAccounts;
  let url: string;

  beforeAll(async () => {
    const settings = {
      SESSION_IDLE_S: '500',
      SESSION_ABSOLUTE_S: '700',
      RATE_LIMIT_WINDOW_S: '60',
      BODY_BYTES_MAX: '131072',
    };
    platform = await runGatewayAndAccounts({ settings });
    url = platform.gateway.url;
  });

  afterAll(() => platform.close());

  it('SESSION_IDLE_S ends an unused session, and SESSION_ABSOLUTE_S ends every session', async () => {
    const person = await register(url);
    const key = `session:${sidOf(person)}`;
    const ttlS = await platform.redis.ttl(key);
    expect([ttlS > 490, ttlS <= 500]).toEqual([true, true]);
    const registered = { email: 'expires@example.com', password: 'correct horse battery staple', displayName: 'A' };
    const { headers } = await send(url, 'POST', '/v1/users', { json: registered });
    const cookie = headers['set-cookie']?.find((line) => line.startsWith('mainstay.sid=')) ?? '';
    const expiresS = (Date.parse(/Expires=([^;]+)/.exec(cookie)?.[1] ?? '') - Date.parse(headers.date ?? '')) / 1_000;
    expect([expiresS > 690, expiresS <= 701]).toEqual([true, true]);
  });

  it('RATE_LIMIT_WINDOW_S is the window in the RateLimit-Policy header', async () => {
    const { headers } = await send(url, 'GET', '/v1/accounts');
    expect(headers['ratelimit-policy']).toContain('w=60');
  });

  it('BODY_BYTES_MAX limits every body, with and without an idempotency key', async () => {
    const person = await register(url);
    platform.accounts.on('POST /v1/transfers', (_req, res, { body }) => json(res, 201, { bytes: body.length }));
    platform.accounts.on('POST /v1/accounts', (_req, res, { body }) => json(res, 201, { bytes: body.length }));
    for (const path of ['/v1/transfers', '/v1/accounts']) {
      const statusOf = async (bytes: number) => {
        const body = JSON.stringify({ memo: 'x'.repeat(bytes - '{"memo":""}'.length) });
        const headers = { 'content-type': 'application/json', 'idempotency-key': `key-${bytes}` };
        return (await person.send('POST', path, { body, headers })).status;
      };
      expect([path, await statusOf(131_072), await statusOf(131_073)]).toEqual([path, 201, 413]);
    }
  });
});
