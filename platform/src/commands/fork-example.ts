/**
 * npm run fork:example -- bookings: adds the service of an example. The command first does the same as `npm run
 * fork:add-service -- bookings --store postgres`, and then adds the files and changes of docs/examples/bookings.
 *
 * The command refuses to run with uncommitted changes. See docs/forking.md.
 */
import { applyService, planService } from '../fork/add-service.ts';
import { applyExample } from '../fork/apply-example.ts';
import { finishFork } from '../fork/finish.ts';
import { refuseDirtyTree } from '../fork/rename.ts';
import { root } from '../root.ts';
import { Refusal, runCommand } from '../terminal.ts';

await runCommand(async () => {
  const [name, ...more] = process.argv.slice(2);
  if (!name || more.length > 0)
    throw new Refusal('usage: npm run fork:example -- NAME. NAME is a folder of docs/examples.');
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
