/**
 * npm run fork:rename -- acme [--title "Acme"]: gives the product another name in every place that has it: packages, texts, images, Kubernetes, metrics, alerts, log stream,
 * headers, cookies, database and roles, settings, folders and files. docs/forking.md says what that means for a system that runs.
 *
 *   --dry-run     prints what would change, and writes nothing
 *
 * It refuses a tree with changes, a name that something else has, and a place whose form it does not know.
 */
import { parseArgs } from 'node:util';
import { finishFork } from '../fork/finish.ts';
import { applyRename, planRename, refuseDirtyTree } from '../fork/rename.ts';
import { validProduct } from '../fork/spellings.ts';
import { product } from '../product.ts';
import { root } from '../root.ts';
import { Refusal, runCommand } from '../terminal.ts';

await runCommand(async () => {
  const { values, positionals } = parseArgs({
    options: { title: { type: 'string' }, 'dry-run': { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const [name, ...more] = positionals;
  if (!name || more.length > 0) throw new Refusal('usage: npm run fork:rename -- NAME [--title TITLE] [--dry-run]');
  const wanted = validProduct(name, values.title);
  if (!values['dry-run']) await refuseDirtyTree(root);
  const plan = await planRename(root, product, wanted);
  console.table(Object.fromEntries([...plan.counts].sort(([, a], [, b]) => b - a)));
  console.log(`${plan.changes.length} files change.`);
  for (const { path, newPath } of plan.changes) if (path !== newPath) console.log(`${path} becomes ${newPath}`);
  const pictures = plan.binaries.length;
  if (pictures > 0) console.log(`${pictures} pictures are left: node proofs/src/web-screenshots.ts makes them again.`);
  if (values['dry-run']) return;
  await applyRename(root, plan);
  await finishFork(
    root,
    plan.changes.map(({ newPath }) => newPath),
  );
  console.log(
    `The product is ${wanted.title} now. Review the changes with git diff, then run npm test and npm run check.`,
  );
});
