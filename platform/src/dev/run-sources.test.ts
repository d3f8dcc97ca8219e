import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { root } from '../root.ts';
import { serviceNames } from '../services.ts';

it.each(serviceNames)('%s runs from its sources and the sources of the packages', (name) => {
  const main = join(root, 'services', name, 'src/main.ts');
  const args = [`--import=${join(root, 'platform/src/dev/run-sources.ts')}`, main];
  const { stderr } = spawnSync(process.execPath, args, { cwd: tmpdir(), env: {}, encoding: 'utf8' });
  // A service loads all of its modules before it reports wrong settings, so this error proves that they load.
  expect(stderr).toMatch(new RegExp(`^${name}: (one setting is|\\d+ settings are) wrong:`, 'm'));
});
