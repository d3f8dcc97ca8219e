import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { findBreaches } from '../check/tidy.ts';
import { product } from '../product.ts';
import { root } from '../root.ts';
import { applyService, planService } from './add-service.ts';
import { copyTree, linkModules } from './copy-tree.ts';
import { applyRemoval, planRemoval } from './remove.ts';
import { applyRename, planRename } from './rename.ts';
import { validProduct } from './spellings.ts';

let tree: string;

beforeAll(async () => {
  tree = mkdtempSync(join(tmpdir(), 'fork-'));
  await copyTree(root, tree);
  run('git', 'init', '--quiet');
  run('git', 'add', '--all');
  await applyService(tree, await planService(tree, { name: 'catalog', store: 'none' }));
  await applyRemoval(tree, await planRemoval(tree, ['proofs', 'kubernetes']));
  run('git', 'add', '--all');
  await applyRename(tree, await planRename(tree, product, validProduct('acme', 'Acme Shop')));
  run('git', 'add', '--all');
  await linkModules(root, tree);
}, 120_000);
afterAll(() => rmSync(tree, { recursive: true, force: true }));

function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: tree, encoding: 'utf8' });
  return status === 0 ? '' : `${command} ${args.join(' ')} ended with ${status}\n${stdout}${stderr}`;
}

/** The short form of a fork. The long one is proofs/src/fork.ts. */
it('compiles and keeps the house rules after a service is added, features are taken out, and it is renamed', async () => {
  const compiler = join(tree, 'node_modules/@typescript/native/bin/tsc');
  expect(run(process.execPath, compiler, '-b')).toBe('');
  expect(run(process.execPath, compiler, '-p', 'tsconfig.test.json')).toBe('');
  expect(await findBreaches(tree)).toEqual([]);
}, 600_000);
