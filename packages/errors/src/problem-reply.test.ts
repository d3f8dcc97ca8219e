import { describe, expect, it } from '@jest/globals';
import express, { type RequestHandler } from 'express';
import request from 'supertest';
import { AppError, errorCodes, invalidField, methodNotAllowed, problemReply, unknownRoute } from './index.js';

function appWith(handler: RequestHandler, reported: AppError[] = []) {
  const app = express();
  app.use(express.json({ limit: 100 }));
  app.all('/', handler);
  app.use(
    unknownRoute(),
    problemReply({ requestId: () => 'r-1', traceId: () => 't-1', report: (error) => reported.push(error) }),
  );
  return app;
}

describe('problemReply', () => {
  it('gives code, status, title, detail and request id as problem+json', async () => {
    const app = appWith(() => {
      throw new AppError('insufficient_funds', 'The account holds 3.00 EUR.');
    });
    const reply = await request(app).get('/');
    expect(reply.status).toBe(409);
    expect(reply.type).toBe('application/problem+json');
    expect(JSON.parse(reply.text)).toEqual({
      type: 'urn:problem:insufficient_funds',
      title: 'Insufficient funds',
      status: 409,
      detail: 'The account holds 3.00 EUR.',
      code: 'insufficient_funds',
      requestId: 'r-1',
      traceId: 't-1',
    });
  });

  it('names the wrong field', async () => {
    const reply = await request(appWith(() => Promise.reject(invalidField('amount', 'must be a whole number')))).get(
      '/',
    );
    expect(reply.status).toBe(400);
    expect(JSON.parse(reply.text)).toMatchObject({ errors: [{ path: 'amount', message: 'must be a whole number' }] });
  });

  it('shows the caller no detail of an unknown error, and logs the whole error', async () => {
    const reported: AppError[] = [];
    const app = appWith(() => {
      throw new Error('relation "users" does not exist at /srv/app/db.js');
    }, reported);
    const reply = await request(app).get('/');
    expect(reply.status).toBe(500);
    expect(reply.text).not.toMatch(/users|srv|db\.js/);
    expect(reported[0]?.cause).toMatchObject({ message: 'relation "users" does not exist at /srv/app/db.js' });
  });

  it('does not report mistakes of the caller', async () => {
    const reported: AppError[] = [];
    await request(appWith((_req, _res, next) => next(new AppError('not_found')), reported)).get('/');
    expect(reported).toEqual([]);
  });

  it('responds with 400 to invalid JSON and with 413 to a body that is too large', async () => {
    const app = appWith((_req, res) => void res.end());
    const broken = await request(app).post('/').type('json').send('{"a":');
    expect([broken.status, (JSON.parse(broken.text) as { code: string }).code]).toEqual([400, 'invalid_request']);
    const large = await request(app)
      .post('/')
      .type('json')
      .send(JSON.stringify({ a: 'x'.repeat(200) }));
    expect([large.status, (JSON.parse(large.text) as { code: string }).code]).toEqual([413, 'too_large']);
  });

  it('closes the connection if the reply has begun', async () => {
    const app = appWith((_req, res, next) => {
      res.write('half a');
      next(new Error('late'));
    });
    await expect(request(app).get('/')).rejects.toThrow();
  });

  it('sends Retry-After and Allow if the error has them', async () => {
    const busy = await request(
      appWith(() => Promise.reject(new AppError('unavailable', 'Later.', { retryAfterS: 2 }))),
    ).get('/');
    expect([busy.status, busy.headers['retry-after']]).toEqual([503, '2']);
    const other = await request(appWith(methodNotAllowed(['GET', 'HEAD']))).post('/');
    expect([other.status, other.headers.allow]).toEqual([405, 'GET, HEAD']);
  });

  it('responds with 404 to an unknown path', async () => {
    const reply = await request(appWith((_req, res) => void res.end())).get('/nowhere');
    expect(reply.status).toBe(404);
  });
});

describe('errorCodes', () => {
  it('gives each code a status from 400 to 599', () => {
    for (const { status } of Object.values(errorCodes)) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(600);
    }
  });
});
