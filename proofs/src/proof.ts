/** npm run proof -- NAME: runs proofs/src/NAME.ts, with the arguments that follow. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal, runCommand } from '@mainstay/platform/terminal';

await runCommand(async () => {
  const [name = ''] = process.argv.splice(2, 1);
  const file = join(import.meta.dirname, `${name}.ts`);
  if (!/^[\w./-]+$/.test(name) || name === 'proof' || !existsSync(file))
    throw new Refusal('usage: npm run proof -- NAME. proofs/README.md lists the proofs.');
  process.argv[1] = file;
  await import(file);
});
