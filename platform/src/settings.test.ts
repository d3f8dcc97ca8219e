import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { readSettings } from './settings.ts';
import { Refusal } from './terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'settings-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('names the setting whose file cannot be read', () => {
  writeFileSync(join(folder, '.env'), 'STORES_REDIS_PORT_FILE=/nowhere/port\n');
  const read = () => readSettings(folder);
  expect(read).toThrow(Refusal);
  expect(read).toThrow('STORES_REDIS_PORT_FILE names a file that cannot be read');
});
