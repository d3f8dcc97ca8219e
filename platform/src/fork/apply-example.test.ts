import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { runProgram } from '../processes/run-program.ts';
import { root } from '../root.ts';
import { applyService, planService } from './add-service.ts';
import { applyExample } from './apply-example.ts';
import { copyTree } from './copy-tree.ts';

/** A fork can delete the example. Without the example, the tests in this file are skipped. */
const there = existsSync(join(root, 'docs/examples/bookings'));
let tree: string;
beforeAll(async () => {
  tree = mkdtempSync(join(tmpdir(), 'example-'));
  await copyTree(root, tree);
  const files = await planService(root, { name: 'bookings', store: 'postgres' });
  await applyService(tree, files);
  // fork:add-service formats the files, and the patch fits only formatted files.
  const prettier = [join(root, 'node_modules/prettier/bin/prettier.cjs'), '--write', '--ignore-unknown'];
  const paths = [...files.keys()].map((path) => join(tree, path));
  await runProgram(process.execPath, [...prettier, ...paths], { failure: 'prettier failed' });
}, 120_000);
afterAll(() => rmSync(tree, { recursive: true, force: true }));

(there ? it : it.skip)('refuses an example that does not exist', async () => {
  const unknown = runProgram('npm', ['run', 'fork:example', '--', 'unknown'], { cwd: root, failure: 'refused' });
  await expect(unknown).rejects.toThrow('There is no example docs/examples/unknown.');
});

/** This test only applies the patch. The proof proofs/src/bookings.ts also compiles and tests the patched files. */
(there ? it : it.skip)(
  'fits the files that fork:add-service writes, and reports files that it does not fit',
  async () => {
    const routes = join(tree, 'services/gateway/src/routes.ts');
    const text = readFileSync(routes, 'utf8');
    writeFileSync(routes, text.replaceAll('bookings', 'reservations'));
    await expect(applyExample(tree, 'docs/examples/bookings')).rejects.toThrow(
      'docs/examples/bookings/changes.patch no longer fits services/gateway/src/routes.ts.',
    );
    writeFileSync(routes, text);
    expect(await applyExample(tree, 'docs/examples/bookings')).toContain('services/web/src/live/event-types.ts');
    expect(readFileSync(routes, 'utf8')).toContain("'/v1/bookings/:bookingId'");
    const names = readdirSync(join(tree, 'services/bookings'), { recursive: true }).map(String);
    expect(names.filter((name) => name.includes('item'))).toEqual([]);
  },
);
