/**
 * npm run fork:add-service -- catalog [--store postgres|mongo|none]: adds a service behind the gateway. The command copies
 * the template with that store, adds the service to platform/src/services.ts and to the routes of the gateway, adds an
 * end-to-end test, and generates all files that depend on the list of services.
 *
 * npm run fork:example -- bookings: adds a service with PostgreSQL in the same way. Then the command copies the files
 * of docs/examples/bookings and applies its patch.
 *
 * The command refuses to run with uncommitted changes. See docs/forking.md.
 */
import { applyService, planService, type StoreChoice } from '../fork/add-service.ts';
import { applyExample, patchOf } from '../fork/apply-example.ts';
import { finishFork } from '../fork/finish.ts';
import { refuseDirtyTree } from '../fork/rename.ts';
import { readOptions } from '../options.ts';
import { root } from '../root.ts';
import { Refusal, runCommand } from '../terminal.ts';

await runCommand(async () => {
  const { values, positionals } = readOptions({
    options: { store: { type: 'string' }, examples: { type: 'string' } },
    allowPositionals: true,
  });
  const [name, ...more] = positionals;
  if (!name || more.length > 0)
    throw new Refusal(
      'usage: npm run fork:add-service -- NAME [--store postgres|mongo|none], or npm run fork:example -- NAME with a folder of docs/examples',
    );
  const example = values.examples && `${values.examples}/${name}`;
  if (example) patchOf(root, example); // an unknown example must fail before the service is added
  await refuseDirtyTree(root);
  const store = (values.store ?? (example ? 'postgres' : 'none')) as StoreChoice;
  const files = await planService(root, { name, store });
  await applyService(root, files);
  const written = [...files.keys()];
  await finishFork(root, written);
  if (example) {
    const ofExample = await applyExample(root, example);
    await finishFork(root, ofExample);
    written.push(...ofExample);
  }
  for (const path of written) console.log(path);
  const next = example ? '' : ' Replace its items with your own resource.';
  console.log(
    `npm start now serves /v1/${name}.${next} Review the changes with git diff, then run npm test and npm run check.`,
  );
});
