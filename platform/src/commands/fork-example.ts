/**
 * npm run fork:example -- bookings: adds the worked example of docs/forking.md: a service with PostgreSQL (fork:add-service), and the domain, pages, seed,
 * traffic and tests of docs/examples/bookings.
 *
 * It refuses a tree with changes.
 */
import { applyService, planService } from '../fork/add-service.ts';
import { applyExample } from '../fork/apply-example.ts';
import { finishFork } from '../fork/finish.ts';
import { refuseDirtyTree } from '../fork/rename.ts';
import { root } from '../root.ts';
import { Refusal, runCommand } from '../terminal.ts';

await runCommand(async () => {
  const [name, ...more] = process.argv.slice(2);
  if (!name || more.length > 0) throw new Refusal('usage: npm run fork:example -- NAME. The names: docs/examples');
  await refuseDirtyTree(root);
  const files = await planService(root, { name, store: 'postgres' });
  await applyService(root, files);
  await finishFork(root, [...files.keys()]);
  const written = await applyExample(root, name);
  await finishFork(root, written);
  for (const path of written) console.log(path);
  console.log(
    `npm start serves /v1/${name} and its page now. Look at it with git diff, then run npm test and npm run check.`,
  );
});
