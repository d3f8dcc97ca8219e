/**
 * npm run fork:example -- bookings: adds the worked example of docs/forking.md: a service with PostgreSQL, as fork:add-service
 * adds it, and the domain, pages, seed, traffic and tests of docs/examples/bookings.
 *
 * The command refuses to run with uncommitted changes.
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
    `npm start now serves /v1/${name} and its web page. Review the changes with git diff, then run npm test and npm run check.`,
  );
});
