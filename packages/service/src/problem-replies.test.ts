import { describe, expect, it, jest } from '@jest/globals';
import { AppError, type ErrorCode } from '@mainstay/errors';
import { requestContext } from '@mainstay/logging';
import request from 'supertest';
import { createExpress } from './create-express.js';
import { problemReplies } from './problem-replies.js';

function appWith(log: { warn: jest.Mock; error: jest.Mock }) {
  const app = createExpress();
  app.use(requestContext({ trust: 'public' }));
  app.get('/bug', () => {
    throw new Error('a bug');
  });
  app.get('/:code', (req) => {
    throw new AppError(req.params.code as ErrorCode);
  });
  app.use(problemReplies(log));
  return app;
}

describe('problemReplies', () => {
  const log = { warn: jest.fn(), error: jest.fn() };
  const app = appWith(log);

  it('responds with 404 to a path without a route, with the id of the request', async () => {
    const reply = await request(app).get('/no/route').set('x-request-id', 'mine');
    expect([reply.status, JSON.parse(reply.text)]).toMatchObject([
      404,
      { code: 'not_found', requestId: 'mine', traceId: expect.stringMatching(/^[0-9a-f]{32}$/) },
    ]);
    expect([log.warn, log.error].flatMap(({ mock }) => mock.calls)).toEqual([]);
  });

  it('logs a slow store or service as a warning, and only a bug as an error', async () => {
    const statuses = [];
    for (const path of ['/unavailable', '/deadline_exceeded', '/bug'])
      statuses.push((await request(app).get(path)).status);
    expect(statuses).toEqual([503, 504, 500]);
    expect(log.warn.mock.calls.map(([message]) => message)).toEqual(['request refused', 'request refused']);
    expect(log.error.mock.calls.map(([message]) => message)).toEqual(['request failed']);
  });
});
