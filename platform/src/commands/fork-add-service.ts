/**
 * npm run fork:add-service -- catalog [--store postgres|mongo|none]: adds a service behind the gateway. The command copies
 * the template with that store, adds the service to platform/src/services.ts and to the routes of the gateway, adds an
 * end-to-end test, and generates all files that depend on the list of services.
 *
 * The command refuses to run with uncommitted changes. See docs/forking.md.
 */
import { parseArgs } from 'node:util';
import { applyService, planService, type StoreChoice } from '../fork/add-service.ts';
import { finishFork } from '../fork/finish.ts';
import { refuseDirtyTree } from '../fork/rename.ts';
import { root } from '../root.ts';
import { Refusal, runCommand } from '../terminal.ts';

await runCommand(async () => {
  const { values, positionals } = parseArgs({
    options: { store: { type: 'string', default: 'none' } },
    allowPositionals: true,
  });
  const [name, ...more] = positionals;
  if (!name || more.length > 0)
    throw new Refusal('usage: npm run fork:add-service -- NAME [--store postgres|mongo|none]');
  await refuseDirtyTree(root);
  const files = await planService(root, { name, store: values.store as StoreChoice });
  await applyService(root, files);
  for (const path of files.keys()) console.log(path);
  await finishFork(root, [...files.keys()]);
  console.log(
    `npm start now serves /v1/${name}. Replace its items with your own resource, then run npm test and npm run check.`,
  );
});
