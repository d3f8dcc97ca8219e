import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
// fork:remove kubernetes
import { kubectlProblem } from '../check/manifests/check-manifests.ts';
// end of fork:remove kubernetes
import { findBreaches } from '../check/tidy.ts';
import { product } from '../product.ts';
import { root } from '../root.ts';
import { applyService, planService } from './add-service.ts';
import { copyTree, linkModules } from './copy-tree.ts';
import { features } from './features.ts';
import { applyRemoval, planRemoval } from './remove.ts';
import { applyRename, planRename } from './rename.ts';
import { validProduct } from './spellings.ts';

let tree: string;

beforeAll(async () => {
  tree = mkdtempSync(join(tmpdir(), 'fork-'));
  await copyTree(root, tree);
  run('git', 'init', '--quiet');
  run('git', 'add', '--all');
  await applyService(tree, await planService(tree, { name: 'specimen', store: 'postgres' }));
  run('git', 'add', '--all');
}, 120_000);
afterAll(() => rmSync(tree, { recursive: true, force: true }));

function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: tree, encoding: 'utf8' });
  return status === 0 ? '' : `${command} ${args.join(' ')} ended with ${status}\n${stdout}${stderr}`;
}

const node = (...args: string[]) => run(process.execPath, ...args);
const compile = (...args: string[]) => node(join(tree, 'node_modules/@typescript/native/bin/tsc'), ...args);

/** A short test of a fork. proofs/src/fork.ts is the complete test. */
describe('a fork', () => {
  it('compiles, generates its files, and has valid manifests after a service with a store is added', async () => {
    await linkModules(root, tree);
    expect(compile('-b')).toBe('');
    expect(node('platform/src/commands/generate.ts')).toBe('');
    // fork:remove kubernetes
    const check = `const { checkManifests } = await import('./platform/src/check/manifests/check-manifests.ts');
      process.exitCode = await checkManifests();`;
    if (!(await kubectlProblem())) expect(node('--input-type=module', '--eval', check)).toBe('');
    // end of fork:remove kubernetes
  }, 600_000);

  it('compiles and follows the house rules after the removal of all features and a rename', async () => {
    run('git', 'clean', '-fdxq'); // the copy must not keep links with the old package names
    await applyRemoval(tree, await planRemoval(tree, Object.keys(features)));
    run('git', 'add', '--all');
    await applyRename(tree, await planRename(tree, product, validProduct('zenith', 'Zenith Works')));
    run('git', 'add', '--all');
    await linkModules(root, tree);
    expect(compile('-b')).toBe('');
    expect(compile('-p', 'tsconfig.test.json')).toBe('');
    expect(await findBreaches(tree)).toEqual([]);
  }, 600_000);
});
