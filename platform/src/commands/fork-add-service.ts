/**
 * npm run fork:add-service -- catalog [--store postgres|mongo|none]: adds a service behind the gateway: a copy of services/template or of the template with that store, its entry
 * in platform/src/services.ts, the gateway's upstream and rows, a story below e2e/, and every file that is generated from the list of services.
 *
 * It refuses a tree with changes. docs/forking.md
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
    `npm start now serves /v1/${name}. Replace its items by your own resource, then run npm test and npm run check.`,
  );
});
