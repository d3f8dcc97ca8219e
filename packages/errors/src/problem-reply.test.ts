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

  it('names the field that is wrong', async () => {
    const reply = await request(appWith(() => Promise.reject(invalidField('amount', 'must be a whole number')))).get(
      '/',
    );
    expect(reply.status).toBe(400);
    expect(JSON.parse(reply.text)).toMatchObject({ errors: [{ path: 'amount', message: 'must be a whole number' }] });
  });

  it('tells nothing of an unknown error to the caller and everything to the log', async () => {
    const reported: AppError[] = [];
    const app = appWith(() => {
      throw new Error('relation "users" does not exist at /srv/app/db.js');
    }, reported);
    const reply = await request(app).get('/');
    expect(reply.status).toBe(500);
    expect(reply.text).not.toMatch(/users|srv|db\.js/);
    expect(reported[0]?.cause).toMatchObject({ message: 'relation "users" does not exist at /srv/app/db.js' });
  });

  it('does not report what the caller did wrong', async () => {
    const reported: AppError[] = [];
    await request(appWith((_req, _res, next) => next(new AppError('not_found')), reported)).get('/');
    expect(reported).toEqual([]);
  });

  it('answers a body that is no JSON with 400 and one that is too large with 413', async () => {
    const app = appWith((_req, res) => void res.end());
    const broken = await request(app).post('/').type('json').send('{"a":');
    expect([broken.status, (JSON.parse(broken.text) as { code: string }).code]).toEqual([400, 'invalid_request']);
    const large = await request(app)
      .post('/')
      .type('json')
      .send(JSON.stringify({ a: 'x'.repeat(200) }));
    expect([large.status, (JSON.parse(large.text) as { code: string }).code]).toEqual([413, 'too_large']);
  });

  it('cuts the connection of a reply that had begun', async () => {
    const app = appWith((_req, res, next) => {
      res.write('half a');
      next(new Error('late'));
    });
    await expect(request(app).get('/')).rejects.toThrow();
  });

  it('sends Retry-After and Allow where the error has them', async () => {
    const busy = await request(
      appWith(() => Promise.reject(new AppError('unavailable', 'Later.', { retryAfterS: 2 }))),
    ).get('/');
    expect([busy.status, busy.headers['retry-after']]).toEqual([503, '2']);
    const other = await request(appWith(methodNotAllowed(['GET', 'HEAD']))).post('/');
    expect([other.status, other.headers.allow]).toEqual([405, 'GET, HEAD']);
  });

  it('answers an unknown path with 404', async () => {
    const reply = await request(appWith((_req, res) => void res.end())).get('/nowhere');
    expect(reply.status).toBe(404);
  });
});

describe('errorCodes', () => {
  it('gives each code a status of its kind', () => {
    for (const { status } of Object.values(errorCodes)) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(600);
    }
  });
});
