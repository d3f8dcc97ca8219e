import { describe, expect, it } from '@jest/globals';
import express from 'express';
import request from 'supertest';
import { securityHeaders } from './security-headers.js';

function headersOf(path: string, sent: Record<string, string> = {}) {
  const app = express();
  app.set('trust proxy', 'loopback');
  app.use(securityHeaders());
  app.get('/data', (_req, res) => void res.json({}));
  app.get('/page', securityHeaders({ content: 'pages' }), (_req, res) => void res.send('<p>'));
  return request(app).get(path).set(sent);
}

describe('securityHeaders', () => {
  it('forbids data replies to load anything, embed anything or be embedded', async () => {
    const { headers } = await headersOf('/data');
    expect(headers['content-security-policy']).toBe(
      "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'",
    );
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(headers).not.toHaveProperty('x-powered-by');
  });

  it('lets a web page run scripts of its own origin, and no inline scripts', async () => {
    const policy = (await headersOf('/page')).get('content-security-policy');
    expect(policy).toMatch(/default-src 'self'/);
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
  });

  it('sends HSTS only over TLS', async () => {
    expect((await headersOf('/data')).headers).not.toHaveProperty('strict-transport-security');
    const { headers } = await headersOf('/data', { 'x-forwarded-proto': 'https' });
    expect(headers['strict-transport-security']).toBe('max-age=31536000');
  });
});
