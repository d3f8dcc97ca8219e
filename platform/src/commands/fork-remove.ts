/**
 * npm run fork:remove -- proofs kubernetes: removes features with their code, documentation, manifests, tests, commands and
 * dependencies. Without a name, or with --list, it lists the features, and the parts that cannot be removed.
 *
 * The command refuses to run with uncommitted changes. See docs/forking.md.
 */
import { features, permanent } from '../fork/features.ts';
import { finishFork } from '../fork/finish.ts';
import { applyRemoval, planRemoval } from '../fork/remove.ts';
import { refuseDirtyTree } from '../fork/rename.ts';
import { readOptions } from '../options.ts';
import { root } from '../root.ts';
import { runCommand } from '../terminal.ts';

await runCommand(async () => {
  const { values, positionals: names } = readOptions({
    options: { list: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  if (names.length === 0 || values.list) {
    for (const [name, { what }] of Object.entries(features)) console.log(`${name}: ${what}`);
    for (const [name, reason] of Object.entries(permanent)) console.log(`${name} stays: ${reason}`);
    return;
  }
  await refuseDirtyTree(root);
  const removal = await planRemoval(root, names);
  console.log(`${removal.deleted.length} files are deleted, and ${removal.changes.length} change:`);
  for (const { path } of removal.changes) console.log(path);
  await applyRemoval(root, removal);
  await finishFork(
    root,
    removal.changes.map(({ path }) => path),
  );
  console.log('Review the changes with git diff, then run npm test and npm run check.');
});
