/**
 * npm run fork:rename -- acme [--title "Acme"]: replaces the product's name, for example in packages, images,
 * metrics, cookies, settings and the database. docs/forking.md describes the effect on a running system.
 *
 * The command refuses to run with uncommitted changes, with a name that is already in use, and when the current name occurs
 * in an unknown form.
 */
import { finishFork } from '../fork/finish.ts';
import { applyRename, planRename, refuseDirtyTree } from '../fork/rename.ts';
import { validProduct } from '../fork/spellings.ts';
import { readOptions } from '../options.ts';
import { product } from '../product.ts';
import { root } from '../root.ts';
import { Refusal, runCommand } from '../terminal.ts';

await runCommand(async () => {
  const { values, positionals } = readOptions({
    options: { title: { type: 'string' } },
    allowPositionals: true,
  });
  const [name, ...more] = positionals;
  if (!name || more.length > 0) throw new Refusal('usage: npm run fork:rename -- NAME [--title TITLE]');
  const wanted = validProduct(name, values.title);
  await refuseDirtyTree(root);
  const plan = await planRename(root, product, wanted);
  console.table(Object.fromEntries([...plan.counts].sort(([, a], [, b]) => b - a)));
  console.log(`${plan.changes.length} files change.`);
  for (const { path, newPath } of plan.changes) if (path !== newPath) console.log(`${path} becomes ${newPath}`);
  const pictures = plan.binaries.length;
  if (pictures > 0)
    console.log(`${pictures} pictures still show the old name. To make them again: node proofs/src/web-screenshots.ts`);
  await applyRename(root, plan);
  await finishFork(
    root,
    plan.changes.map(({ newPath }) => newPath),
  );
  console.log(
    `The name of the product is now ${wanted.title}. Review the changes with git diff, then run npm test and npm run check.`,
  );
});
