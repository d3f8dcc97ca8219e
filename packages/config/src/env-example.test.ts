import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { envExample, integer, port, secret, text } from './index.js';

describe('envExample', () => {
  const shared = { level: text().default('info').describe('Level.'), cursorSecret: secret().describe('Signs.') };
  const gateway = z.object({
    port: port().default(3000).describe('Port.'),
    ...shared,
    poolMax: integer({ min: 1, max: 9 }).optional().describe('Pool.'),
  });
  const accounts = z.object({ port: port().default(3001).describe('Port.'), ...shared });

  it("names each setting once per file: shared settings in .env, private settings and secrets in the service's file", () => {
    expect(
      envExample([
        { service: 'gateway', schema: gateway },
        { service: 'accounts', schema: accounts },
      ]),
    ).toBe(
      [
        '## .env, which every service reads',
        '# Level.\n#LEVEL=info',
        '## .env.gateway',
        '# Port.\n#GATEWAY_PORT=3000',
        '# Signs.\nCURSOR_SECRET=',
        '# Pool.\n#POOL_MAX=',
        '## .env.accounts',
        '# Port.\n#ACCOUNTS_PORT=3001',
        '# Signs.\nCURSOR_SECRET=',
      ].join('\n\n'),
    );
  });

  it('shows no secret, not even as a default', () => {
    const schema = z.object({
      token: secret()
        .default('hunter2' as never)
        .describe('Token.'),
    });
    expect(envExample([{ service: 'gateway', schema }])).not.toContain('hunter2');
  });
});
