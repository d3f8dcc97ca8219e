import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { root } from '../../root.ts';
import { findTargets, kubectlProblem } from './check-manifests.ts';

const PATIENCE_MS = 300_000;
const problem = await kubectlProblem();
const targets = await findTargets();
if (problem) console.warn(`The manifests are not checked: ${problem}`);

describe('k8s/', () => {
  it('has overlays and components', () => {
    expect(targets).toEqual(expect.arrayContaining(['overlays/local', 'overlays/staging', 'overlays/production']));
    expect(targets).toEqual(expect.arrayContaining(['components/http-route', 'components/vault']));
  });

  (problem ? it.skip : it)(
    'has valid settings and secrets in every overlay and component',
    async () => {
      const env = { ...process.env, NODE_OPTIONS: '' }; // the command must not get the options of jest
      const command = [join(root, 'bootstrap.mjs'), 'manifests'];
      const { stdout } = await promisify(execFile)(process.execPath, command, { env });
      for (const name of targets) expect(stdout).toContain(`ok    ${name} (`);
    },
    PATIENCE_MS,
  );
});
