import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import {
  createIdentityIssuer,
  createIdentityVerifier,
  generateIdentityKeys,
  requireIdentity,
} from '@mainstay/identity';
import { createLogger, requestContext, requestLog } from '@mainstay/logging';
import request from 'supertest';
import { createExpress, nameCaller } from './index.js';

const { privateKey, publicKey } = generateIdentityKeys();
const issuer = createIdentityIssuer({ privateKeys: privateKey });

/** Returns the log lines of one request to a service. */
async function linesOf(userId?: string): Promise<Record<string, unknown>[]> {
  let text = '';
  const output = new Writable({ write: (chunk, _encoding, done) => done(void (text += String(chunk))) });
  const log = createLogger({ service: 'test', version: 'test', output });
  const app = createExpress();
  app.use(requestContext({ trust: 'internal' }), requestLog(log));
  app.use(requireIdentity(createIdentityVerifier({ publicKeys: publicKey, audience: 'test' })), nameCaller());
  app.get('/', (_req, res) => {
    log.info('at work');
    res.end();
  });
  await request(app)
    .get('/')
    .set('mainstay-identity', await issuer.issue({ audience: 'test', userId }))
    .expect(200);
  await log.close();
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('nameCaller', () => {
  it("names the user in every line of the request's log", async () => {
    const lines = await linesOf('0198c5a0-0000-7000-8000-000000000001');
    expect(lines.map(({ message, userId }) => [message, userId])).toEqual([
      ['at work', '0198c5a0-0000-7000-8000-000000000001'],
      ['GET /', '0198c5a0-0000-7000-8000-000000000001'],
    ]);
  });

  it('names no user for an anonymous caller', async () => {
    expect((await linesOf()).filter((line) => 'userId' in line)).toEqual([]);
  });
});
