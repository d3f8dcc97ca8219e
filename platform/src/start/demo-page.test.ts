import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { makeDemoPage } from './demo-page.ts';

const folder = mkdtempSync(join(tmpdir(), 'demo-page-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('adds the demo users to a copy of the web page, and does not change the build', async () => {
  const built = join(folder, 'dist');
  mkdirSync(built);
  const page = '<html><head></head></html>';
  for (const name of ['index.html', 'index.html.br', 'pages.json']) writeFileSync(join(built, name), page);
  const copy = await makeDemoPage(built, folder);
  expect(readFileSync(join(copy, 'index.html'), 'utf8')).toContain('&quot;email&quot;:&quot;ada@example.com&quot;');
  expect([existsSync(join(copy, 'index.html.br')), existsSync(join(copy, 'pages.json'))]).toEqual([false, true]);
  expect(readFileSync(join(built, 'index.html'), 'utf8')).toBe(page);
});
