import { describe, expect, it } from '@jest/globals';
import { AppError } from '@mainstay/errors';
import { createIdentityVerifier, generateIdentityKeys, IDENTITY_HEADER, requireIdentity } from '@mainstay/identity';
import { createMetrics } from '@mainstay/metrics';
import request from 'supertest';
import { createExpress } from './create-express.js';
import { problemReplies } from './problem-replies.js';
import { reportIdentityRefusals } from './report-identity-refusals.js';
import { createSecurityLog } from './security-log.js';

describe('a service', () => {
  it('reports a caller without a token of the gateway, and no other refusal', async () => {
    const lines: object[] = [];
    const write = (message: string, fields: object = {}) => void lines.push({ message, ...fields });
    const log = { info: write, warn: write, error: write };
    const metrics = createMetrics({ service: 'accounts', version: 'test' });
    const { publicKey } = generateIdentityKeys();
    const app = createExpress();
    app.get('/open', () => {
      throw new AppError('not_found');
    });
    app.use(requireIdentity(createIdentityVerifier({ publicKeys: publicKey, audience: 'accounts' })));
    app.use(reportIdentityRefusals(createSecurityLog({ log, metrics })), problemReplies(log));

    await request(app).get('/open').expect(404);
    await request(app).get('/v1/accounts').expect(401);
    await request(app).get('/v1/accounts').set(IDENTITY_HEADER, 'forged').expect(401);

    const line = {
      message: 'security: identity refused',
      security: 'identity',
      outcome: 'refused',
      reason: 'refused',
      address: expect.stringMatching(/127\.0\.0\.1$/),
      method: 'GET',
      path: '/v1/accounts',
    };
    expect(lines).toEqual([
      { ...line, detail: 'The identity token was refused: the request has no token' },
      { ...line, detail: expect.stringMatching(/^The identity token was refused: /) },
    ]);
    expect((await metrics.render()).body).toMatch(/security_events_total\{.*event="identity".*reason="refused".*\} 2/);
  });
});
