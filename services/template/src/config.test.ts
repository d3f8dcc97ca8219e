import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { settingsTable } from '@mainstay/config';
import { configSchema } from './config.js';

describe('README.md', () => {
  it('lists every setting', async () => {
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
    expect(readme).toContain(settingsTable(configSchema, { service: 'template' }));
  });
});
