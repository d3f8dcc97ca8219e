import { describe, expect, it } from '@jest/globals';
import { AppError, problemReply } from '@mainstay/errors';
import express from 'express';
import request from 'supertest';
import { z } from 'zod';
import { amount, bodyOf, id, instant, jsonBody, line, pageQuery, paramsOf, periodOf, queryOf } from '../requests.js';

const order = z.strictObject({ toAccountId: id, amount, memo: line(10).optional() });

const app = express()
  .use(jsonBody({ bytesMax: 100_000 }))
  .post('/orders', (req, res) => void res.json(bodyOf(req, order)))
  .get('/orders', (req, res) => void res.json(queryOf(req, z.strictObject({ ...pageQuery, from: instant.optional() }))))
  .get('/orders/:id', (req, res) => void res.json(paramsOf(req, z.object({ id }))))
  .use(problemReply({ requestId: () => 'r', report: () => undefined }));

const valid = { toAccountId: '0198c5a0-0000-7000-8000-000000000000', amount: 5 };

async function refused(body: object) {
  const reply = await request(app).post('/orders').send(body);
  return {
    status: reply.status,
    paths: ((reply.body as { errors?: { path: string }[] }).errors ?? []).map((e) => e.path),
  };
}

describe('bodyOf', () => {
  it('returns the value that the schema reads', async () => {
    expect((await request(app).post('/orders').send(valid)).body).toEqual(valid);
  });

  it.each([
    [{ ...valid, amount: 0 }, ['amount']],
    [{ ...valid, amount: 1.5 }, ['amount']],
    [{ ...valid, amount: '5' }, ['amount']],
    [{ ...valid, amount: 1e12 + 1 }, ['amount']],
    [{ ...valid, toAccountId: 'x' }, ['toAccountId']],
    [{ ...valid, memo: 'two\nlines' }, ['memo']],
    [{ ...valid, colour: 'red', shape: 1 }, ['colour', 'shape']],
    [{}, ['toAccountId', 'amount']],
  ])('responds to %j with 400 naming %j', async (body, paths) => {
    expect(await refused(body)).toEqual({ status: 400, paths });
  });
});

describe('a refusal', () => {
  it.each<[string, object]>([
    ['thousands of unknown fields', Object.fromEntries(Array.from({ length: 8_000 }, (_, at) => [`f${at}`, 0]))],
    ['one unknown field with a long name', { ['\u0001'.repeat(9_000)]: 0 }],
  ])('of %s names at most 20 fields, and is shorter than the request', async (_what, body) => {
    const reply = await request(app).post('/orders').send(body);
    expect([reply.status, reply.type]).toEqual([400, 'application/problem+json']);
    expect((JSON.parse(reply.text) as { errors: object[] }).errors.length).toBeLessThanOrEqual(20);
    expect(reply.text.length).toBeLessThan(12_000);
  });

  it('of a long query has the same limits', async () => {
    const names = Array.from({ length: 1_000 }, (_, at) => `f${at}=0`);
    const reply = await request(app).get(`/orders?${names.join('&')}`);
    expect((JSON.parse(reply.text) as { errors: object[] }).errors).toHaveLength(20);
    const repeated = 'x'.repeat(5_000);
    expect((await request(app).get(`/orders?${repeated}=1&${repeated}=2`)).text.length).toBeLessThan(2_000);
  });
});

describe('an instant', () => {
  const from = async (text: string) => (await request(app).get(`/orders?from=${text}`)).body as object;

  it.each([
    ['2026-01-31T09:30:00Z', '2026-01-31T09:30:00.000Z'],
    ['2026-01-31t09:30:00z', '2026-01-31T09:30:00.000Z'],
    ['2026-01-31T10:30:00.5%2B01:00', '2026-01-31T09:30:00.500Z'],
  ])('%s is read as %s', async (text, read) => {
    expect(await from(text)).toMatchObject({ from: read });
  });

  it('with an unencoded + is refused with an explanation', async () => {
    expect(await from('2026-01-31T10:30:00+01:00')).toMatchObject({
      errors: [{ path: 'from', message: expect.stringContaining('%2B') }],
    });
  });

  it.each(['2026-02-30T00:00:00Z', '2026-01-31', '2026-01-31T09:30:00', 'yesterday'])('%s is refused', async (text) => {
    const { errors } = (await from(text)) as { errors: { message: string }[] };
    expect(errors).toEqual([{ path: 'from', message: 'must be a time such as 2026-01-31T09:30:00Z' }]);
  });
});

describe('an id', () => {
  it('has one spelling', async () => {
    const reply = await request(app)
      .post('/orders')
      .send({ ...valid, toAccountId: valid.toAccountId.toUpperCase() });
    expect(reply.body).toEqual(valid);
  });
});

describe('a body that is not an object', () => {
  it.each(['null', '[]', '5', '{"a":'])('%s is refused with an error for the body', async (text) => {
    const reply = await request(app).post('/orders').type('json').send(text);
    expect([reply.status, (reply.body as { errors: object[] }).errors]).toEqual([
      400,
      [{ path: 'body', message: 'must be a JSON object' }],
    ]);
  });
});

describe('queryOf', () => {
  it.each([
    'limit=0',
    'limit=101',
    'limit=ten',
    'limit=0x10',
    'limit=1e1',
    'limit=',
    'limit=1&limit=2',
    'page=2',
    'from=yesterday',
    'cursor=',
  ])('responds to ?%s with 400 naming the parameter', async (query) => {
    const reply = await request(app).get(`/orders?${query}`);
    expect(reply.status).toBe(400);
    expect((reply.body as { errors: { path: string }[] }).errors[0]?.path).toBe(query.split('=')[0]);
  });

  it('has 20 as the default limit', async () => {
    expect((await request(app).get('/orders')).body).toEqual({ limit: 20 });
  });
});

describe('paramsOf', () => {
  it('responds with 404 to an id of the wrong form, because no resource has such an id', async () => {
    expect((await request(app).get('/orders/42')).status).toBe(404);
  });
});

describe('jsonBody', () => {
  it('refuses a body of another media type with 415', async () => {
    const reply = await request(app).post('/orders').type('form').send('amount=5');
    expect([reply.status, (reply.body as { code: string }).code]).toEqual([415, 'unsupported_media_type']);
  });

  it('refuses a body over the limit with 413', async () => {
    const reply = await request(app)
      .post('/orders')
      .send({ memo: 'x'.repeat(100_000) });
    expect(reply.status).toBe(413);
  });
});

describe('periodOf', () => {
  it('is the last 30 days by default', () => {
    const to = new Date('2026-03-31T00:00:00Z');
    expect(periodOf({}, to)).toEqual({ from: new Date('2026-03-01T00:00:00Z'), to });
  });

  it('refuses an end before the beginning', () => {
    const backwards = { from: new Date(2), to: new Date(1) };
    expect(() => periodOf(backwards)).toThrow(AppError);
  });
});
