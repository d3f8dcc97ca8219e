import { beforeEach, describe, expect, it } from '@jest/globals';
import { AppError, invalidField, problemReply } from '@mainstay/errors';
import { createMetrics } from '@mainstay/metrics';
import express from 'express';
import request from 'supertest';
import { reportRefusals } from './report-refusals.js';
import { createGatewaySecurityLog } from './security-log.js';

type Line = [message: string, fields: Record<string, unknown>];

let lines: Line[];
let nowMs = 0;
const metrics = createMetrics({ service: 'gateway', version: 'test' });
const write = (message: string, fields: object = {}) => void lines.push([message, { ...fields }]);
const security = createGatewaySecurityLog({
  log: { info: write, warn: write },
  metrics,
  secret: 'a secret',
  nowMs: () => nowMs,
});

beforeEach(() => {
  lines = [];
  nowMs += 10_000;
});

/** Sends a request that fails with `thrown`, and returns the fields of its log line. */
async function lineOf(method: 'get' | 'post' | 'put', path: string, thrown: unknown, body?: object) {
  const app = express();
  app.use(express.json());
  app.use(() => {
    throw thrown;
  });
  app.use(reportRefusals(security), problemReply({ requestId: () => 'r', report: () => undefined }));
  await request(app)[method](path).send(body);
  return lines.at(-1)?.[1];
}

describe('the security log', () => {
  it('records a failed sign-in with a keyed hash of the e-mail, the address and the reason', async () => {
    const body = { email: 'Ada@Example.com', password: 'a wrong password' };
    const fields = await lineOf('post', '/v1/session', new AppError('invalid_credentials'), body);
    expect(fields).toMatchObject({ security: 'sign_in', outcome: 'failed', reason: 'invalid_credentials' });
    expect(fields?.address).toMatch(/127\.0\.0\.1$/);
    expect(JSON.stringify(lines)).not.toMatch(/ada@|wrong password/i);
    const again = await lineOf('post', '/v1/session', new AppError('rate_limited'), { email: ' ada@example.com ' });
    expect(again).toMatchObject({ security: 'sign_in', outcome: 'refused', reason: 'rate_limited' });
    expect(again?.account).toBe(fields?.account);
    expect(fields?.account).toMatch(/^[\w-]{22}$/);
  });

  it.each([
    ['get', '/v1/accounts', new AppError('unauthenticated'), ['request', 'refused', 'unauthenticated']],
    ['post', '/v1/transfers', new AppError('cross_site'), ['request', 'refused', 'cross_site']],
    ['post', '/v1/users', new AppError('email_taken'), ['registration', 'failed', 'email_taken']],
    [
      'put',
      '/v1/users/me/password',
      invalidField('currentPassword', 'x'),
      ['password_change', 'failed', 'wrong_password'],
    ],
  ] as const)('reports %s %s', async (method, path, thrown, expected) => {
    const { security, outcome, reason } = (await lineOf(method, path, thrown)) ?? {};
    expect([security, outcome, reason]).toEqual(expected);
  });

  it('omits errors that are not security events', async () => {
    await lineOf('get', '/v1/accounts', new AppError('not_found'));
    await lineOf('put', '/v1/users/me/password', invalidField('newPassword', 'x'));
    expect(lines).toEqual([]);
  });

  it('writes at most fifty lines a second and reports the number of omitted lines; the metric counts all events', async () => {
    const req = { ip: '192.0.2.1', method: 'GET', path: '/' } as express.Request;
    for (let count = 0; count < 80; count += 1)
      security.report(req, { event: 'request', outcome: 'refused', reason: 'flood' });
    expect(lines).toHaveLength(50);
    nowMs += 1_000;
    security.report(req, { event: 'request', outcome: 'refused', reason: 'flood' });
    expect(lines.slice(50).map(([message, fields]) => [message, fields.leftOut])).toEqual([
      ['security: lines were omitted', 30],
      ['security: request refused', undefined],
    ]);
    expect((await metrics.render()).body).toMatch(/security_events_total\{.*reason="flood".*\} 81/);
  });
});
