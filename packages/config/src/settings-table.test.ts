import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { list, port, secret, secretList, settingsTable, text } from './index.js';

describe('settingsTable', () => {
  const schema = z.object({
    port: port().default(3000).describe('Port.'),
    logLevel: z.enum(['info', 'debug']).default('info').describe('One of info|debug.'),
    publicOrigins: list().default([]).describe('Origins.'),
    sessionSecret: secretList().describe('Signs.').default([]),
    cursorSecret: secret().describe('Signs cursors.'),
    proxy: text().optional(),
  });

  it('shows name, default and meaning in prettier’s format, ports with the service’s prefix, and no default of a secret', () => {
    expect(settingsTable(schema, { service: 'gateway' })).toBe(
      [
        '| Setting          | Default      | Meaning             |',
        '| ---------------- | ------------ | ------------------- |',
        '| `GATEWAY_PORT`   | `3000`       | Port.               |',
        '| `LOG_LEVEL`      | `info`       | One of info\\|debug. |',
        '| `PUBLIC_ORIGINS` | empty        | Origins.            |',
        '| `SESSION_SECRET` | hidden       | Signs.              |',
        '| `CURSOR_SECRET`  | **required** | Signs cursors.      |',
        '| `PROXY`          | none         |                     |',
      ].join('\n'),
    );
  });

  it('shows names without a prefix if no service is given', () => {
    expect(settingsTable(schema)).toContain('| `PORT`');
  });
});
