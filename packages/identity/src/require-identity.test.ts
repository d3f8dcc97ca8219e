import { problemReply } from '@mainstay/errors';
import { describe, expect, it } from '@jest/globals';
import express from 'express';
import request from 'supertest';
import { createIdentityIssuer } from './identity-issuer.js';
import { generateIdentityKeys } from './identity-keys.js';
import { createIdentityVerifier } from './identity-verifier.js';
import { identityRefusalOf } from './identity-refusal.js';
import { caller, callerOrAnonymous, requireIdentity } from './require-identity.js';

const keys = generateIdentityKeys();
const issuer = createIdentityIssuer({ privateKeys: keys.privateKey });

function createApp() {
  const app = express();
  app.get('/unguarded', (req, res) => void res.json(callerOrAnonymous(req)));
  app.use(requireIdentity(createIdentityVerifier({ publicKeys: keys.publicKey, audience: 'accounts' })));
  app.get('/signed-in', (req, res) => void res.json(caller(req)));
  app.get('/anyone', (req, res) => void res.json(callerOrAnonymous(req)));
  app.use(problemReply({ requestId: () => 'test', report: () => undefined }));
  return app;
}

async function get(path: string, identity?: { userId?: string; sessionId?: string }) {
  const call = request(createApp()).get(path);
  if (identity) call.set('mainstay-identity', await issuer.issue({ audience: 'accounts', ...identity }));
  return call;
}

describe('requireIdentity', () => {
  it('returns the signed-in caller', async () => {
    const res = await get('/signed-in', { userId: 'user-1', sessionId: 'session-1' });
    expect([res.status, res.body]).toEqual([200, { userId: 'user-1', sessionId: 'session-1' }]);
  });

  it('responds with 401 without a token, even on a route for anonymous callers', async () => {
    expect((await get('/anyone')).status).toBe(401);
  });

  it('responds with 401 to a request with two tokens, because it is unclear which token counts', async () => {
    const token = await issuer.issue({ audience: 'accounts', userId: 'user-1' });
    const res = await request(createApp())
      .get('/anyone')
      .set('mainstay-identity', [token, token] as unknown as string);
    expect(res.status).toBe(401);
  });

  it('marks a 401 about the token, so that the gateway does not sign the user out', async () => {
    const forged = await request(createApp()).get('/signed-in').set('mainstay-identity', 'forged');
    const replies = [forged, await get('/signed-in'), await get('/signed-in', {})];
    expect(
      replies.map(({ status, headers }) => [status, identityRefusalOf(headers as Record<string, string>)]),
    ).toEqual([
      [401, 'refused'],
      [401, 'refused'],
      [401, undefined],
    ]);
    expect((JSON.parse(forged.text) as { detail: string }).detail).toBe(
      'The identity token was refused: Invalid Compact JWS',
    );
  });

  it('admits an anonymous caller on a route for anonymous callers, and responds with 401 on other routes', async () => {
    expect((await get('/anyone', {})).body).toEqual({});
    expect((await get('/signed-in', {})).status).toBe(401);
  });

  it('makes a route that precedes it respond with 500, so that the route never has a signed-in user', async () => {
    expect((await get('/unguarded', { userId: 'user-1' })).status).toBe(500);
  });
});
